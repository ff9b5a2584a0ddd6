using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Rules;

/// <summary>0.5 · x · (1 + erf(x / √2)), in the orders that exporters write it, is Gelu.</summary>
[RewriteRule(order: 10)]
internal sealed class GeluRule : IRewriteRule
{
    public ImmutableArray<ValueId>? Apply(RewriteContext c)
    {
        if (!c.Op.Is("Mul"))
            return null;
        if (Match(c) is not { } x || c.TypeOf(x).Shape != c.TypeOf(c.Op.Result).Shape)
            return null;
        c.Emit.Location = c.LocationsBetween(x);
        return [c.Emit.Emit("Gelu", [x])];
    }

    // The three factors of the product, in any grouping: one half, x, and 1 + erf(x / √2).
    private static ValueId? Match(RewriteContext c)
    {
        var factors = new List<ValueId>();
        foreach (var operand in c.Op.Operands)
        {
            if (factors.Count < 3 && c.Only(operand, "Mul") is { } inner)
                factors.AddRange(inner.Operands);
            else
                factors.Add(operand);
        }

        if (factors.Count != 3)
            return null;
        int half = factors.FindIndex(f => c.Scalar(f) == 0.5);
        if (half < 0)
            return null;
        factors.RemoveAt(half);
        return IsOnePlusErf(c, factors[0], factors[1]) ? factors[1] : IsOnePlusErf(c, factors[1], factors[0]) ? factors[0] : null;
    }

    private static bool IsOnePlusErf(RewriteContext c, ValueId sum, ValueId x)
    {
        if (c.Only(sum, "Add") is not { } add)
            return false;
        var other = c.Scalar(add.Operands[0]) == 1 ? add.Operands[1] : c.Scalar(add.Operands[1]) == 1 ? add.Operands[0] : ValueId.None;
        if (other.IsNone || c.Only(other, "Erf") is not { } erf)
            return false;
        if (c.Only(erf.Operands[0], "Div") is { } div)
            return c.AreSame(div.Operands[0], x) && Near(c.Scalar(div.Operands[1]), Math.Sqrt(2));
        return c.Only(erf.Operands[0], "Mul") is { } mul
            && ((c.AreSame(mul.Operands[0], x) && Near(c.Scalar(mul.Operands[1]), Math.Sqrt(0.5))) || (c.AreSame(mul.Operands[1], x) && Near(c.Scalar(mul.Operands[0]), Math.Sqrt(0.5))));
    }

    // As f32, f16 and bf16 say the number.
    private static bool Near(double? value, double wanted) => value is { } v && (Math.Abs(v - wanted) < 1e-6 || v == (double)(Half)wanted || v == BFloat16.Of(wanted).ToSingle());
}
