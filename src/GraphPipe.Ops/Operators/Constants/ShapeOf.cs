using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Shape: its result is known as dimensions even where they are symbols.</summary>
[Operator("Shape")]
internal sealed class ShapeOf : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { } shape)
            return;
        int rank = shape.Rank;
        int start = Bound(c.Attributes.Int("start", 0), rank);
        int end = Math.Max(start, Bound(c.Attributes.Int("end", rank), rank));
        c.Set(0, DType.I64, Shape.Of(end - start));
        c.SetContent(0, [.. shape.Skip(start).Take(end - start)]);
    }

    public override void Batch(BatchContext c)
    {
    }

    private static int Bound(long at, int rank) => (int)Math.Clamp(at < 0 ? at + rank : at, 0, rank);
}
