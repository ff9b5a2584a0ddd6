using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Ops;

/// <summary>Types of operands and results of one op whose cost is asked.</summary>
public sealed class CostContext(Op op, Func<ValueId, TensorType?> typeOf)
{
    public Op Op { get; } = op;

    public Attributes Attributes => Op.Attributes;

    /// <summary>Elements of the first result.</summary>
    public Dim ResultElements => Op.Results.Length == 0 || Op.Results[0].IsNone ? Dim.Zero : Elements(Op.Results[0]);

    /// <summary>Bytes of all operands and results.</summary>
    public Dim AllBytes
    {
        get
        {
            var sum = Dim.Zero;
            foreach (var id in Op.Operands.Concat(Op.Results))
            {
                if (!id.IsNone && typeOf(id) is { Shape: not null } type)
                    sum += type.Shape.Elements * Math.Max(1, type.Type.Bits() / 8);
            }

            return sum;
        }
    }

    public bool Has(int operand) => operand < Op.Operands.Length && !Op.Operands[operand].IsNone;

    public Shape Shape(int operand) => typeOf(Op.Operands[operand])!.KnownShape;

    public Shape ResultShape(int result) => typeOf(Op.Results[result])!.KnownShape;

    public Dim Elements(ValueId id) => typeOf(id)?.Shape?.Elements ?? Dim.Zero;
}
