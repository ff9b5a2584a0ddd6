using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>Indices, those below 0 counted from the end, compared with 0, 1, …: the second value where equal, the first elsewhere.</summary>
[Decomposition("OneHot")]
internal sealed class OneHotDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        if (c.Op.Operands.Length < 3 || c.ResultType() is not { Shape: { } result } type)
            return null;
        var shape = c.ShapeOf(c.X);
        int axis = (int)c.Op.Attributes.Int("axis", -1);
        axis = axis < 0 ? axis + result.Rank : axis;
        if (result[axis].Constant is not { } depth)
            return null;
        var indices = c.Emit.TypeOf(c.X).Type == DType.I64 ? c.X : c.Emit.Emit("Cast", [c.X], Attributes.Empty.With("to", DType.I64.Text()));
        var length = c.Emit.Builder.Constant(TensorData.Longs([], depth), "depth");
        var zero = c.Emit.Builder.Constant(TensorData.Longs([], 0), "zero");
        indices = c.Emit.Emit("Where", [c.Emit.Emit("Less", [indices, zero]), c.Emit.Emit("Add", [indices, length]), indices]);
        indices = c.Emit.Reshape(indices, Shape.Create([.. shape.Take(axis), Dim.One, .. shape.Skip(axis)]));
        long[] column = [depth, .. Enumerable.Repeat(1L, shape.Rank - axis)];
        var numbers = c.Emit.Builder.Constant(TensorData.Longs([.. column], [.. Enumerable.Range(0, (int)depth).Select(i => (long)i)]), "numbers");
        var hit = c.Emit.Emit("Equal", [indices, numbers]);
        var values = c.Op.Operands[2];
        if (c.Constant(values) is { Count: 2 } pair && pair.DoubleAt(0) == 0 && pair.DoubleAt(1) == 1)
            return [c.Emit.Emit("Cast", [hit], Attributes.Empty.With("to", type.Type.Text()))];
        ValueId Value(long i) => c.Emit.Emit("Gather", [values, c.Emit.Builder.Constant(TensorData.Longs([], i), "which")], Attributes.Empty.With("axis", 0));
        return [c.Emit.Emit("Where", [hit, Value(1), Value(0)])];
    }
}
