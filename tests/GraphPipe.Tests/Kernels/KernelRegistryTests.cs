using System.Collections.Immutable;
using System.Reflection;
using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using GraphPipe.Runtime.Elements;
using Xunit;

namespace GraphPipe.Tests.Kernels;

/// <summary>x³, a function of elements that no device knows of.</summary>
[Kernel("test.Cube")]
[Kernel("grad.test.Cube")]
public readonly struct Cube : IDifferentiable
{
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => x * x * x;

    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * (3f * (v * v));
}

/// <summary>A kind of device without a family of kernels.</summary>
public abstract class BareKernel;

public sealed class KernelRegistryTests
{
    private const int Count = 21;

    [Fact]
    public void A_function_of_elements_is_a_kernel_without_being_registered()
    {
        float[] x = [.. Enumerable.Range(0, Count).Select(i => i - 10.5f)], dy = [.. Enumerable.Range(0, Count).Select(i => i * 0.25f)];
        Assert.Equal(x.Select(v => v * v * v), Run("test.Cube", x));
        Assert.Equal(x.Zip(dy).Select(p => p.Second * (3 * (p.First * p.First))), Run("grad.test.Cube", dy, x));
    }

    [Fact]
    public void A_function_gets_the_family_of_its_most_derived_interface()
    {
        var registry = new KernelRegistry<CpuKernel>(typeof(CpuKernel).Assembly);
        Assert.IsType<GraphPipe.Runtime.Cpu.Kernels.ArithmeticKernel<Add>>(registry.Find("Add"));
        Assert.IsType<GraphPipe.Runtime.Cpu.Kernels.BinaryKernel<PRelu>>(registry.Find("PRelu"));
        Assert.IsType<GraphPipe.Runtime.Cpu.Kernels.SidedGradientKernel<MaxGradient>>(registry.Find("grad.Max"));
    }

    public static TheoryData<string, int> Functions()
    {
        var data = new TheoryData<string, int>();
        foreach (var type in typeof(IUnary).Assembly.GetTypes().Where(t => t.IsValueType))
        {
            foreach (string op in type.GetCustomAttributes<KernelAttribute>().Select(k => k.Op))
                data.Add(op, type.IsAssignableTo(typeof(ITernary)) ? 3 : type.IsAssignableTo(typeof(IBinary)) || op.StartsWith("grad.", StringComparison.Ordinal) ? 2 : 1);
        }

        return data;
    }

    /// <summary>In a fused kernel a constant would be one to the next function, which ILGPU may put wrong (<see cref="IFloats{T}"/>).</summary>
    [Theory]
    [MemberData(nameof(Functions))]
    public void No_function_is_constant(string op, int operands)
    {
        // A reduction over the last axis, whose gradient and result have one place there.
        var attributes = Tensors.With(("axes", ImmutableArray.Create(1L)));
        bool ofReduction = op.StartsWith("grad.Reduce", StringComparison.Ordinal);
        var y = KernelProbe.Run(op, [.. Enumerable.Range(0, operands).Select(i => Tensors.Random([97, ofReduction && i != 1 ? 1 : 2], i, -4, 4))], "f32[97,2]", attributes);
        Assert.True(y.As<float>().ToArray().Distinct().Count() > 1);
    }

    [Fact]
    public void A_function_without_a_family_is_an_error()
    {
        var error = Assert.Throws<InvalidOperationException>(() => new KernelRegistry<BareKernel>());
        Assert.EndsWith("is of no family of BareKernel", error.Message);
    }

    private static unsafe float[] Run(string op, params float[][] operands)
    {
        var type = new OperandType(DType.F32, [Count]);
        var call = new KernelCall(op, [.. operands.Select((_, i) => new BufferId(i))], [new BufferId(operands.Length)], Attributes.Empty, Dim.Zero, []);
        var bound = new KernelRegistry<CpuKernel>(typeof(CpuKernel).Assembly, typeof(Cube).Assembly).Find(op)!.Bind(new KernelBinding(call, [.. operands.Select(_ => type)], [type], default));
        float[] result = new float[Count];
        fixed (float* first = operands[0], last = operands[^1], y = result)
        {
            byte** inputs = stackalloc byte*[] { (byte*)first, (byte*)last };
            byte* output = (byte*)y;
            Assert.IsAssignableFrom<ElementwiseCall>(bound).Run(inputs, &output, 0, Count);
        }

        return result;
    }
}
