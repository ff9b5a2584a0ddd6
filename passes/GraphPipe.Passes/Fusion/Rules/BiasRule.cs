using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Rules;

/// <summary>MatMul with a matrix on the right, then Add of a vector over the last dimension: one Gemm on the flattened rows.</summary>
[RewriteRule(order: 20)]
internal sealed class BiasRule : IRewriteRule
{
    public ImmutableArray<ValueId>? Apply(RewriteContext c)
    {
        if (!c.Op.Is("Add"))
            return null;
        for (int side = 0; side < 2; side++)
        {
            var bias = c.Op.Operands[1 - side];
            if (c.Only(c.Op.Operands[side], "MatMul") is { } product && IsBias(c, bias, product.Operands[1]))
                return [FlatProduct.Emit(c, product, bias)];
        }

        return null;
    }

    internal static bool IsBias(RewriteContext c, ValueId bias, ValueId weights) =>
        c.TypeOf(bias) is { Shape: { Rank: 1 } shape, Type: DType.F32 } && c.ShapeOf(weights) is { Rank: 2 } w && shape[0] == w[1];
}

/// <summary>What is left of products with a matrix on the right: a Gemm without bias on the flattened rows, so that all of them have one gradient.</summary>
[RewriteRule(order: 30)]
internal sealed class FlatProductRule : IRewriteRule
{
    public ImmutableArray<ValueId>? Apply(RewriteContext c) =>
        c.Op.Is("MatMul") && c.ShapeOf(c.Op.Operands[0]).Rank >= 2 && c.ShapeOf(c.Op.Operands[1]).Rank == 2 && c.TypeOf(c.Op.Operands[0]).Type == DType.F32
            ? [FlatProduct.Emit(c, c.Op, ValueId.None)]
            : null;
}

internal static class FlatProduct
{
    public static ValueId Emit(RewriteContext c, Op product, ValueId bias)
    {
        var x = product.Operands[0];
        var shape = c.ShapeOf(x);
        c.Emit.Location = product.Location.Merge(c.Op.Location);
        var rows = c.Emit.Reshape(x, Shape.Create([shape.Take(shape.Rank - 1).Aggregate(Dim.One, (a, b) => a * b), shape[^1]]));
        var flat = bias.IsNone ? c.Emit.Emit("Gemm", [rows, product.Operands[1]]) : c.Emit.Emit("Gemm", [rows, product.Operands[1], bias]);
        return c.Emit.Reshape(flat, Shape.Create([.. shape.Take(shape.Rank - 1), c.ShapeOf(product.Operands[1])[1]]));
    }
}
