using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Ops;

/// <summary>Where the samples lie in the operands of one op, and what its rule says of the results. Types are known at this point.</summary>
public sealed class BatchContext(Op op, Func<ValueId, TensorType?> typeOf)
{
    private readonly BatchLayout?[] _results = new BatchLayout?[op.Results.Length];

    public Op Op { get; } = op;

    public Attributes Attributes => Op.Attributes;

    public int OperandCount => Op.Operands.Length;

    public int ResultCount => _results.Length;

    /// <summary>Why the op mixes samples; null if it does not.</summary>
    public string? MixReason { get; private set; }

    public bool Has(int operand) => operand < Op.Operands.Length && !Op.Operands[operand].IsNone;

    public BatchLayout? Layout(int operand) => Has(operand) ? typeOf(Op.Operands[operand])?.Batch : null;

    public Shape Shape(int operand) => typeOf(Op.Operands[operand])!.KnownShape;

    public Shape ResultShape(int result) => typeOf(Op.Results[result])!.KnownShape;

    public void Set(int result, BatchLayout? layout) => _results[result] = layout;

    /// <summary>Same layout for all results.</summary>
    public void SetAll(BatchLayout? layout) => Array.Fill(_results, layout);

    /// <summary>Says that a result of one sample depends on other samples.</summary>
    public void Mixes(string reason) => MixReason ??= reason;

    public BatchLayout? Result(int result) => _results[result];
}
