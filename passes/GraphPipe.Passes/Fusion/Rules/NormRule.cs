using System.Collections.Immutable;
using GraphPipe.Core;

namespace GraphPipe.Passes.Rules;

/// <summary>
/// √Σx², in the ways that exporters spell it, is ReduceL2. Not for speed: the root's slope at 0 is infinite, and a norm of 0 would make every gradient
/// before it NaN; the norm's own gradient there is 0, as in PyTorch.
/// </summary>
[RewriteRule(order: 5)]
internal sealed class NormRule : IRewriteRule
{
    public ImmutableArray<ValueId>? Apply(RewriteContext c)
    {
        bool isRoot = c.Op.Is("Sqrt") || (c.Op.Is("Pow") && c.Scalar(c.Op.Operands[1]) == 0.5 && c.TypeOf(c.Op.Operands[0]).Shape == c.TypeOf(c.Op.Result).Shape);
        if (!isRoot)
            return null;
        var (sum, between) = Through(c, c.Op.Operands[0]);
        if (sum is null)
            return null;
        var x = sum.Is("ReduceSumSquare") ? sum.Operands[0] : sum.Is("ReduceSum") && Square(c, sum.Operands[0]) is { } square ? square : ValueId.None;
        if (x.IsNone)
            return null;
        c.Emit.Location = c.LocationsBetween(x);
        var norm = c.Emit.Emit("ReduceL2", [x], sum.Attributes);
        return [between ? c.Emit.Reshape(norm, c.ShapeOf(c.Op.Result)) : norm];
    }

    // The sum, perhaps under another shape.
    private static (Op? Sum, bool Reshaped) Through(RewriteContext c, ValueId value)
    {
        if (c.Producer(value) is { } reshape && reshape.Is("Reshape"))
            return (c.Producer(reshape.Operands[0]), true);
        return (c.Producer(value), false);
    }

    // What is squared: x·x, x², or |x|².
    private static ValueId? Square(RewriteContext c, ValueId value)
    {
        if (c.Producer(value) is not { } op)
            return null;
        if (op.Is("Mul") && c.AreSame(op.Operands[0], op.Operands[1]))
            return op.Operands[0];
        if (!op.Is("Pow") || c.Scalar(op.Operands[1]) != 2 || c.TypeOf(op.Operands[0]).Shape != c.TypeOf(value).Shape)
            return null;
        return c.Producer(op.Operands[0]) is { } inner && inner.Is("Abs") ? inner.Operands[0] : op.Operands[0];
    }
}
