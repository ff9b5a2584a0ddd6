using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Ops;

/// <summary>Constant operands of one op, and the types its results must have.</summary>
public sealed class FoldContext(Op op, ImmutableArray<TensorData?> operands, ImmutableArray<TensorType?> results)
{
    public Op Op { get; } = op;

    public Attributes Attributes => Op.Attributes;

    public int OperandCount => operands.Length;

    /// <summary>The operand's elements; null where it is left out.</summary>
    public TensorData? Operand(int index) => index < operands.Length ? operands[index] : null;

    /// <summary>The result's shape as numbers; null if it is not known.</summary>
    public ImmutableArray<long>? ResultShape(int index) =>
        results[index] is { Shape: { IsStatic: true } shape } ? [.. shape.Select(d => d.Constant!.Value)] : null;

    public DType ResultType(int index) => results[index]?.Type ?? DType.Undefined;
}
