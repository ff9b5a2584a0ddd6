using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Reshape; at level core the result type is the target.</summary>
[Operator("Reshape")]
internal sealed class Reshape : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Content(1) is not { } target || c.Shape(0) is not { } shape)
        {
            c.Set(0, c.DType(0), null);
            return;
        }

        var dims = new Dim[target.Length];
        int open = -1;
        for (int i = 0; i < dims.Length; i++)
        {
            dims[i] = target[i];
            if (target[i].Constant == 0 && c.Attributes.Int("allowzero", 0) == 0)
            {
                if (i >= shape.Rank)
                {
                    c.Fail($"dimension {i} of the target copies one that is not there");
                    return;
                }

                dims[i] = shape[i];
            }
            else if (target[i].Constant == -1)
            {
                open = i;
                dims[i] = Dim.One;
            }
        }

        if (open >= 0)
        {
            var known = dims.Aggregate(Dim.One, (a, b) => a * b);
            dims[open] = known.Constant == 0 ? Dim.Zero : Quotient(shape, dims, open) ?? c.FreshDim();
        }

        var result = Shape.Create(dims);
        if (result.IsStatic && shape.IsStatic && result.Elements != shape.Elements)
            c.Fail($"{shape} has {shape.Elements} elements, {result} has {result.Elements}");
        c.Set(0, c.DType(0), result);
        c.SetContent(0, c.Content(0));
    }

    public override void Batch(BatchContext c)
    {
        if (c.Layout(0) is not { } layout)
            return;
        var result = BatchRules.Reshape(layout, c.Shape(0), c.ResultShape(0));
        if (result is null)
            c.Mixes($"from {c.Shape(0)} to {c.ResultShape(0)} the samples do not stay along one axis");
        c.Set(0, result);
    }

    public override OpCost Cost(CostContext c) => new(Dim.Zero, Dim.Zero);

    public override ImmutableArray<TensorData>? Fold(FoldContext c) =>
        c.Operand(0) is { } x && c.ResultShape(0) is { } shape ? [x.Reshaped(shape)] : null;

    // Common factors of both sides are crossed out one by one, so that a quotient is found whatever symbols occur.
    private static Dim? Quotient(Shape shape, Dim[] dims, int open)
    {
        var rest = shape.ToList();
        var divisor = Dim.One;
        for (int i = 0; i < dims.Length; i++)
        {
            if (i == open)
                continue;
            int at = dims[i].IsConstant ? -1 : rest.IndexOf(dims[i]);
            if (at >= 0)
                rest.RemoveAt(at);
            else
                divisor *= dims[i];
        }

        return rest.Aggregate(Dim.One, (a, b) => a * b).DivideExactly(divisor);
    }
}
