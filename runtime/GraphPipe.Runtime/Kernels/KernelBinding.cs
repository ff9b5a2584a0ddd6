using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>Element type and dimensions of an operand at the bound number of samples.</summary>
public sealed record OperandType(DType Type, ImmutableArray<long> Shape)
{
    public int Rank => Shape.Length;

    public long Count { get; } = TensorData.CountOf(Shape);

    public long Bytes => Type.Size(Count).Value;

    /// <summary>True if both have the same dimensions.</summary>
    public bool SameShape(OperandType other) => Shape.AsSpan().SequenceEqual(other.Shape.AsSpan());

    /// <summary>The product of the dimensions [from, to).</summary>
    public long CountOf(int from, int to)
    {
        long count = 1;
        for (int axis = from; axis < to; axis++)
            count *= Shape[axis];
        return count;
    }

    public override string ToString() => $"{Type.Text()}[{string.Join(',', Shape)}]";
}

/// <summary>
/// A kernel call at a fixed number of samples, as a kernel sees it when it is bound: everything but the operands' addresses and content. An
/// operand that is left out is null.
/// </summary>
public sealed class KernelBinding
{
    private readonly ImmutableArray<OperandType?> _inputs;
    private readonly ImmutableArray<OperandType?> _outputs;

    /// <param name="program">The stage program whose buffers it names.</param>
    /// <param name="samples">N.</param>
    /// <param name="threads">Threads of the device.</param>
    public KernelBinding(KernelCall call, StageProgram program, long samples, int threads = 1)
        : this(call, Types(call.Inputs, program, samples), Types(call.Outputs, program, samples), new Bytes(call.Workspace.At(samples)), threads)
    {
    }

    /// <summary>A call without a program around it: for tests and profiling of single kernels.</summary>
    public KernelBinding(KernelCall call, ImmutableArray<OperandType?> inputs, ImmutableArray<OperandType?> outputs, Bytes workspace, int threads = 1)
    {
        Call = call;
        _inputs = inputs;
        _outputs = outputs;
        Workspace = workspace;
        Threads = threads;
    }

    public KernelCall Call { get; }

    public Attributes Attributes => Call.Attributes;

    /// <summary>Whether the op is the gradient of one.</summary>
    public bool IsGradient => Call.Kernel.StartsWith("grad.", StringComparison.Ordinal);

    /// <summary>Bytes of workspace the call has been given.</summary>
    public Bytes Workspace { get; }

    /// <summary>Threads of the device.</summary>
    public int Threads { get; }

    public int InputCount => _inputs.Length;

    public int OutputCount => _outputs.Length;

    public bool HasInput(int i) => i < _inputs.Length && _inputs[i] is not null;

    public bool HasOutput(int i) => i < _outputs.Length && _outputs[i] is not null;

    /// <exception cref="InvalidOperationException">The operand is left out.</exception>
    public OperandType Input(int i) => (i < _inputs.Length ? _inputs[i] : null) ?? throw new InvalidOperationException($"{Call.Kernel} has no input {i}");

    /// <exception cref="InvalidOperationException">The result is left out.</exception>
    public OperandType Output(int i) => (i < _outputs.Length ? _outputs[i] : null) ?? throw new InvalidOperationException($"{Call.Kernel} has no output {i}");

    /// <summary>True if all operands that are there have this element type.</summary>
    public bool AllAre(DType type) => _inputs.All(t => t is null || t.Type == type) && _outputs.All(t => t is null || t.Type == type);

    /// <summary>The type of the parameter that an update steps in place, its first operand and its result: f32, f16 or bf16. Null for other types, and where what stands behind it is not f32.</summary>
    public DType? SteppedType() =>
        _inputs[0]?.Type is { } type && Output(0).Type == type && (type == DType.F32 || type.IsHalf()) && _inputs.Skip(1).All(t => t is null || t.Type == DType.F32) ? type : null;

    /// <summary>E.g. <c>Gemm(f32[2,3], f32[3,4]) → f32[2,4]</c>.</summary>
    public override string ToString() =>
        $"{Call.Kernel}({string.Join(", ", _inputs.Select(t => t?.ToString() ?? "_"))}) → {string.Join(", ", _outputs.Select(t => t?.ToString() ?? "_"))}";

    private static ImmutableArray<OperandType?> Types(ImmutableArray<BufferId> buffers, StageProgram program, long samples) =>
        [.. buffers.Select(b => b.IsNone ? null : new OperandType(program[b].Type, program[b].Shape.At(samples)))];
}
