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
