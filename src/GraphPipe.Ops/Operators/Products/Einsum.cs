using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Einsum; products and sums at level core.</summary>
[Operator("Einsum", since: 12)]
internal sealed class Einsum : Operator
{
    public override void Infer(InferenceContext c)
    {
        var shapes = Enumerable.Range(0, c.OperandCount).Select(c.Shape).ToList();
        if (shapes.Exists(s => s is null) || EinsumEquation.Parse(c.Attributes.Text("equation", ""), [.. shapes.Select(s => s!.Rank)], c.Fail) is not { } equation)
            return;
        var sizes = new Dictionary<string, Dim>(StringComparer.Ordinal);
        for (int i = 0; i < shapes.Count; i++)
        {
            for (int axis = 0; axis < shapes[i]!.Rank; axis++)
            {
                var (label, size) = (equation.Operands[i][axis], shapes[i]![axis]);
                var known = sizes.GetValueOrDefault(label, Dim.One);
                if (known.IsConstant && size.IsConstant && known.Constant != 1 && size.Constant != 1 && known != size)
                    c.Fail($"'{label}' in its equation is {known} and {size}");
                if (known.Constant == 1 || !known.IsConstant)
                    sizes[label] = size.Constant == 1 ? known : size;
            }
        }

        c.Set(0, c.DType(0), Shape.Create([.. equation.Result.Select(l => sizes[l])]));
    }

    public override void Batch(BatchContext c)
    {
        var equation = EinsumEquation.Parse(c.Attributes.Text("equation", ""), [.. Enumerable.Range(0, c.OperandCount).Select(i => c.Shape(i).Rank)], _ => { });
        BatchLayout? result = null;
        for (int i = 0; i < c.OperandCount && equation is not null; i++)
        {
            if (c.Layout(i) is not { } layout)
                continue;
            int axis = equation.Result.IndexOf(equation.Operands[i][layout.Axis]);
            if (axis < 0)
                c.Mixes("it sums over the samples");
            else if (result is not null && result != layout with { Axis = axis })
                c.Mixes("its operands have the samples along different axes");
            else
                result = layout with { Axis = axis };
        }

        c.Set(0, result);
    }
}
