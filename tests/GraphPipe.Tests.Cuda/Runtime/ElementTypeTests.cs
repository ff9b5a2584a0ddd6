using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Cpu;
using GraphPipe.Runtime.Cuda;
using GraphPipe.Runtime.Cuda.Compilation;
using GraphPipe.Runtime.Cuda.Driver;
using GraphPipe.Runtime.Cuda.Kernels;
using GraphPipe.Tests.Cuda.EndToEnd;
using GraphPipe.Tests.Cuda.Native;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>CUDA kernels do the element types that the CPU's do.</summary>
[Collection(nameof(OneDriver))]
public sealed class ElementTypeTests
{
    private static readonly KernelRegistry<CpuKernel> Cpu = new(typeof(CpuKernel).Assembly);
    private static readonly KernelRegistry<CudaKernel> Cuda = new(typeof(CudaKernel).Assembly);
    private static readonly ImmutableArray<DType> Types = [.. Enum.GetValues<DType>()];

    // What the CPU binds and CUDA does not, and why.
    private static readonly ImmutableArray<(Func<KernelBinding, bool> Applies, string Reason)> LeftOut =
    [
        (b => b.Call.Kernel is "Slice" or "Split" or "Tile" or "Transpose" && Enumerable.Range(0, b.OutputCount).Any(i => b.Output(i).Type != b.Input(0).Type),
            "ops that move elements keep their type, so no program has such calls; the CPU looks at the operand's alone, and CUDA at the result's"),
    ];

    public static TheoryData<string> Ops() => [.. Cpu.Ops];

    /// <summary>Each case of an op with all other element types: of one operand or result, of those that share one, of all, and of any two where there are no more.</summary>
    [Theory]
    [MemberData(nameof(Ops))]
    public void Binds_the_element_types_that_the_cpu_binds(string op)
    {
        MockLibrary.Configure("");
        using var compiler = new KernelCompiler();
        using var context = new CudaContext(CudaDriver.Open(MockLibrary.Path), compiler, 0);
        context.Enter();
        using var resources = new LaunchResources(context, 0, 0, new ValueFaults(0), null);
        var bound = Cases(op).SelectMany(c => Variants(c.Types).Select(types => c.Of(types))).Where(DoesCpu).ToList();
        Assert.NotEmpty(bound);
        Assert.Empty(bound.Where(b => !LeftOut.Any(l => l.Applies(b)) && !DoesCuda(b, resources)).Select(b => b.ToString()).Distinct());
    }

    /// <summary>An exception that no case meets any more is none.</summary>
    [Fact]
    public void What_is_left_out_is_there()
    {
        foreach (var (applies, reason) in LeftOut)
            Assert.True(Cpu.Ops.SelectMany(Cases).SelectMany(c => Variants(c.Types).Select(types => c.Of(types))).Any(b => applies(b) && DoesCpu(b)), $"nothing is left out since {reason}");
    }

    private static bool DoesCpu(KernelBinding binding)
    {
        try
        {
            return Cpu.Find(binding.Call.Kernel)!.Bind(binding) is not null;
        }
        catch (InvalidOperationException)
        {
            // What the compiler never emits.
            return false;
        }
    }

    private static bool DoesCuda(KernelBinding binding, LaunchResources resources) => Cuda.Find(binding.Call.Kernel) switch
    {
        ElementwiseKernel kernel when kernel.Function(binding) is not null => true,
        { } kernel => kernel.Bind(binding, new LaunchBinder(resources, binding.Call)) is not null,
        null => false,
    };

    private static IEnumerable<TypedCall> Cases(string op) =>
    [
        .. KernelCases.All.Where(c => c.Kernel == op).Select(c => new TypedCall(op, c.Attributes, [.. c.Inputs.Select(i => i is null ? null : new OperandType(i.Type, i.Shape))], [.. c.Outputs.Select(Parse)])),
        .. InPlaceCases.All.Where(c => c.Kernel == op).Select(c => new TypedCall(op, c.Attributes, [.. c.Operands.Select(o => new OperandType(o.Type, o.Shape))], [new OperandType(c.Operands[0].Type, c.Operands[0].Shape)])),
    ];

    private static OperandType Parse(string text)
    {
        int bracket = text.IndexOf('[');
        Assert.True(DTypes.TryParse(text.AsSpan(0, bracket), out var type));
        return new OperandType(type, [.. text[(bracket + 1)..^1].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)]);
    }

    private static IEnumerable<DType[]> Variants(DType[] types)
    {
        IEnumerable<int>[] changed = [.. types.Select((_, i) => (int[])[i]), .. types.Distinct().Select(t => types.Index().Where(p => p.Item == t).Select(p => p.Index)), Enumerable.Range(0, types.Length)];
        foreach (var places in changed)
        {
            foreach (var type in Types)
                yield return [.. types.Select((t, i) => places.Contains(i) ? type : t)];
        }

        if (types.Length != 2)
            yield break;
        foreach (var first in Types)
        {
            foreach (var second in Types)
                yield return [first, second];
        }
    }

    private sealed record TypedCall(string Op, Attributes Attributes, ImmutableArray<OperandType?> Inputs, ImmutableArray<OperandType?> Outputs)
    {
        /// <summary>Of what is there, operands first.</summary>
        public DType[] Types => [.. Inputs.Concat(Outputs).OfType<OperandType>().Select(o => o.Type)];

        public KernelBinding Of(DType[] types)
        {
            int next = 0;
            ImmutableArray<OperandType?> inputs = [.. Inputs.Select(Retyped)], outputs = [.. Outputs.Select(Retyped)];
            return new KernelBinding(new KernelCall(Op, [], [], Attributes, 0, []), inputs, outputs, Bytes.Zero);

            OperandType? Retyped(OperandType? operand) => operand is null ? null : operand with { Type = types[next++] };
        }
    }
}
