using GraphPipe.Bundle;

namespace GraphPipe.Ops;

/// <summary>
/// A standard operator that we do not know: ONNX Runtime executes it, its result types are the ones the file states, and it has no gradient.
/// Its samples are taken to lie along the first axis of every operand and result that depends on them.
/// </summary>
public sealed class OpaqueOperator : Operator
{
    private OpaqueOperator()
    {
    }

    public static OpaqueOperator Instance { get; } = new();

    // What the file states stays.
    public override void Infer(InferenceContext c)
    {
    }

    public override void Batch(BatchContext c)
    {
        bool hasSamples = false;
        for (int i = 0; i < c.OperandCount; i++)
        {
            if (c.Layout(i) is not { } layout)
                continue;
            hasSamples = true;
            if (layout != BatchLayout.Leading)
                c.Mixes($"the operator is not known, and operand {i} does not have its samples along the first axis alone");
        }

        for (int i = 0; i < c.ResultCount && hasSamples; i++)
        {
            if (c.Op.Results[i].IsNone)
                continue;
            var shape = c.ResultShape(i);
            if (shape.Rank > 0 && shape[0] == Dim.Batch)
                c.Set(i, BatchLayout.Leading);
            else
                c.Mixes($"the operator is not known, and result {i} does not have the samples along its first axis");
        }
    }
}
