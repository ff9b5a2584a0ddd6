using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops;

/// <summary>An operator that computes each element of its one result from the broadcast elements of its operands.</summary>
public abstract class ElementwiseOperator : Operator
{
    /// <summary>Operations per element, for the cost.</summary>
    protected virtual int FlopsPerElement => 1;

    public sealed override bool IsElementwise => true;

    public override void Infer(InferenceContext c)
    {
        var shape = c.Shape(0);
        for (int i = 1; i < c.OperandCount; i++)
        {
            if (c.Has(i))
                shape = Broadcasting.Of(shape, c.Shape(i), c.Fail);
        }

        c.Set(0, ResultType(c), shape);
    }

    protected virtual DType ResultType(InferenceContext c) => c.DType(0);

    public override OpCost Cost(CostContext c) => new(c.ResultElements * FlopsPerElement, c.AllBytes);
}

/// <summary>An elementwise function of one operand.</summary>
public abstract class UnaryOperator : ElementwiseOperator
{
    /// <summary>The function on one element, for constant folding; null if constants are not worth folding.</summary>
    protected virtual Func<double, double>? Function(Attributes attributes) => null;

    public override ImmutableArray<TensorData>? Fold(FoldContext c) =>
        c.Operand(0) is { } x && Function(c.Attributes) is { } function && ConstantMath.Unary(x, c.ResultType(0), function) is { } y ? [y] : null;
}

/// <summary>Arithmetic on two operands; on whole numbers that describe shapes it also works symbolically.</summary>
public abstract class BinaryOperator : ElementwiseOperator
{
    protected abstract double Apply(double a, double b);

    /// <summary>The same on 64-bit whole numbers; null if the result is none (division by zero).</summary>
    protected abstract long? Apply(long a, long b);

    /// <summary>The same on dimensions; null if the result is no polynomial.</summary>
    protected virtual Dim? Apply(Dim a, Dim b) => a.Constant is { } x && b.Constant is { } y && Apply(x, y) is { } z ? Dim.Of(z) : null;

    public override void Infer(InferenceContext c)
    {
        base.Infer(c);
        if (c.Content(0) is { } a && c.Content(1) is { } b && (a.Length == b.Length || a.Length == 1 || b.Length == 1))
        {
            var results = Enumerable.Range(0, Math.Max(a.Length, b.Length)).Select(i => Apply(a[a.Length == 1 ? 0 : i], b[b.Length == 1 ? 0 : i])).ToArray();
            if (results.All(r => r is not null))
                c.SetContent(0, [.. results!]);
        }
    }

    public override ImmutableArray<TensorData>? Fold(FoldContext c) =>
        c.Operand(0) is { } a && c.Operand(1) is { } b && c.ResultShape(0) is { } shape && ConstantMath.Binary(a, b, shape, c.ResultType(0), Apply, Apply) is { } y
            ? [y]
            : null;
}

/// <summary>A comparison of two operands, or logic on them: the result is bool.</summary>
public abstract class ComparisonOperator : BinaryOperator
{
    protected abstract bool Holds(double a, double b);

    protected override DType ResultType(InferenceContext c) => DType.Bool;

    protected override double Apply(double a, double b) => Holds(a, b) ? 1 : 0;

    protected override long? Apply(long a, long b) => Holds(a, b) ? 1 : 0;
}
