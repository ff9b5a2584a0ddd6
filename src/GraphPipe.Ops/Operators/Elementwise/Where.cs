using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Where: A where the condition holds, else B.</summary>
[Operator("Where", since: 9)]
internal sealed class Where : ElementwiseOperator
{
    protected override DType ResultType(InferenceContext c) => c.DType(1);

    public override void Infer(InferenceContext c)
    {
        base.Infer(c);
        if (c.Content(0) is { } condition && c.Content(1) is { } a && c.Content(2) is { } b && condition.All(d => d.IsConstant))
        {
            int length = Math.Max(condition.Length, Math.Max(a.Length, b.Length));
            c.SetContent(0, [.. Enumerable.Range(0, length).Select(i => At(condition, i).Constant != 0 ? At(a, i) : At(b, i))]);
        }
    }

    public override ImmutableArray<TensorData>? Fold(FoldContext c)
    {
        if (c.Operand(0) is not { } condition || c.Operand(1) is not { } a || c.Operand(2) is not { } b || c.ResultShape(0) is not { } shape)
            return null;
        var at = ConstantMove.BroadcastIndex(condition.Shape, shape);
        var left = ConstantMove.Pick(a, shape, ConstantMove.BroadcastIndex(a.Shape, shape));
        var right = ConstantMove.Pick(b, shape, ConstantMove.BroadcastIndex(b.Shape, shape));
        if (left is null || right is null)
            return null;
        int size = left.Type.Bits() / 8;
        byte[] bytes = left.Bytes.ToArray();
        for (int i = 0; i < left.Count; i++)
        {
            if (condition.LongAt(at(i)) == 0)
                right.Bytes.Span.Slice(i * size, size).CopyTo(bytes.AsSpan(i * size));
        }

        return [new TensorData(left.Type, shape, bytes)];
    }

    private static Dim At(ImmutableArray<Dim> content, int index) => content[content.Length == 1 ? 0 : index];
}
