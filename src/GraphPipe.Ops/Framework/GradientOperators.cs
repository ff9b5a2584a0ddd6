namespace GraphPipe.Ops;

/// <summary>A gradient whose result has the shape and the samples of its first operand, dY.</summary>
public abstract class LikeFirstOperator : Operator
{
    public override void Infer(InferenceContext c) => c.Set(0, c.DType(0), c.Shape(0));

    public override void Batch(BatchContext c) => c.Set(0, c.Layout(0));
}

/// <summary>A gradient whose result has the shape and the samples of its second operand, X.</summary>
public abstract class LikeSecondOperator : Operator
{
    public override void Infer(InferenceContext c) => c.Set(0, c.DType(1), c.Shape(1));

    public override void Batch(BatchContext c) => c.Set(0, c.Layout(1));
}

/// <summary>An op whose result type its builder states, since it does not follow from the operands (<c>grad.SumTo</c>, <c>grad.Slice</c>, …).</summary>
public abstract class StatedTypeOperator : Operator
{
    public override void Infer(InferenceContext c)
    {
    }

    public override void Batch(BatchContext c) => c.SetAll(BatchRules.FromShape(c.ResultShape(0)));
}

/// <summary>An op that works in place and has no result.</summary>
public abstract class InPlaceOperator : Operator
{
    public override void Infer(InferenceContext c)
    {
    }

    public override void Batch(BatchContext c)
    {
    }

    public override OpCost Cost(CostContext c) => new(c.Elements(c.Op.Operands[0]), c.AllBytes);
}
