using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>Marks a rule that turns an ONNX operator into core ops.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class DecompositionAttribute(string type) : Attribute
{
    public string Type { get; } = type;
}

/// <summary>Turns one op into core ops. One file per operator, found by <see cref="DecompositionAttribute"/>.</summary>
public interface IDecomposition
{
    /// <summary>
    /// Emits the replacement and gives the values that stand for the op's results; null to keep the op as it is (possibly because this
    /// case is already core, possibly because it can't be decomposed).
    /// </summary>
    ImmutableArray<ValueId>? Apply(DecompositionContext c);
}

/// <summary>The op to decompose and the means to build with.</summary>
public sealed class DecompositionContext(Op op, Emitter emitter, Func<ValueId, TensorData?> constantOf, Func<ValueId, Op?> producerOf)
{
    public Op Op { get; } = op;

    public Emitter Emit { get; } = emitter;

    public ValueId X => Op.Operands[0];

    public Shape ShapeOf(ValueId id) => Emit.ShapeOf(id);

    public TensorType ResultType(int index = 0) => Emit.TypeOf(Op.Results[index]);

    public bool Has(int operand) => !Op.Operand(operand).IsNone;

    /// <summary>The elements of a constant; null for other values.</summary>
    public TensorData? Constant(ValueId id) => id.IsNone ? null : constantOf(id);

    /// <summary>The op, already decomposed, that makes a value; null for inputs, parameters, and what this rule has just made.</summary>
    public Op? Producer(ValueId id) => producerOf(id);

    /// <summary>Keeps the op under other attributes, in place.</summary>
    public ImmutableArray<ValueId> With(Attributes attributes)
    {
        Emit.Append(Op with { Attributes = attributes });
        return Op.Results;
    }
}
