using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Range: start, start + delta, … below limit.</summary>
[Operator("Range", since: 11)]
internal sealed class Range : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Content(0) is [var start] && c.Content(1) is [var limit] && c.Content(2) is [var delta])
        {
            if (start.Constant is { } s && limit.Constant is { } l && delta.Constant is { } d && d != 0)
            {
                long count = Math.Max(0, (l - s + d + (d > 0 ? -1 : 1)) / d);
                c.Set(0, c.DType(0), Shape.Of(count));
                if (count <= InferenceContext.ContentLimit)
                    c.SetContent(0, [.. Enumerable.Range(0, (int)count).Select(i => Dim.Of(s + (i * d)))]);
                return;
            }

            if (delta.Constant == 1)
            {
                c.Set(0, c.DType(0), Shape.Create([limit - start]));
                return;
            }
        }

        c.Set(0, c.DType(0), Shape.Create([c.FreshDim()]));
    }

    public override void Batch(BatchContext c)
    {
        if (c.ResultShape(0)[0].Contains(Dim.BatchSymbol))
            c.Mixes("it numbers the samples");
    }

    public override ImmutableArray<TensorData>? Fold(FoldContext c)
    {
        if (c.Operand(0) is not { } start || c.Operand(1) is not { } limit || c.Operand(2) is not { } delta)
            return null;
        double step = delta.DoubleAt(0);
        long count = (long)Math.Max(0, Math.Ceiling((limit.DoubleAt(0) - start.DoubleAt(0)) / step));
        if (count > ConstantMath.Limit)
            return null;
        return ConstantMath.FromDoubles(start.Type, [count], count, i => start.DoubleAt(0) + (i * step)) is { } y ? [y] : null;
    }
}
