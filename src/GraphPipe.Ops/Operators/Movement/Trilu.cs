using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Trilu: the upper or lower triangle of the last two dimensions.</summary>
[Operator("Trilu", since: 14)]
internal sealed class Trilu : Operator
{
    public override ImmutableArray<AttributeOperand> AttributeOperands => [new(1, "k", IsScalar: true)];

    public override void Infer(InferenceContext c) => c.Set(0, c.DType(0), c.Shape(0));

    public override void Batch(BatchContext c)
    {
        if (c.Layout(0) is { } layout && layout.Axis >= c.Shape(0).Rank - 2)
            c.Mixes("its triangle runs over the samples");
        c.Set(0, c.Layout(0));
    }

    public override ImmutableArray<TensorData>? Fold(FoldContext c)
    {
        if (c.Operand(0) is not { } x || x.Count > ConstantMath.Limit || x.Type.Bits() < 8)
            return null;
        long k = c.Attributes.Int("k", c.Operand(1)?.LongAt(0) ?? 0);
        bool upper = c.Attributes.Int("upper", 1) != 0;
        int size = x.Type.Bits() / 8;
        byte[] bytes = x.Bytes.ToArray();
        long columns = x.Shape[^1];
        long rows = x.Shape[^2];
        for (long i = 0; i < x.Count; i++)
        {
            long row = i / columns % rows;
            long column = i % columns;
            if (upper ? column < row + k : column > row + k)
                bytes.AsSpan((int)(i * size), size).Clear();
        }

        return [new TensorData(x.Type, x.Shape, bytes)];
    }
}
