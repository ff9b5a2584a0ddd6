using GraphPipe.Bundle;

namespace GraphPipe.Ops;

/// <summary>Numpy's broadcasting of symbolic shapes.</summary>
public static class Broadcasting
{
    /// <summary>The common shape; null if one is unknown. Sizes that can't be equal are reported through <paramref name="fail"/>.</summary>
    public static Shape? Of(Shape? a, Shape? b, Action<string> fail)
    {
        if (a is null || b is null)
            return null;
        var dims = new Dim[Math.Max(a.Rank, b.Rank)];
        for (int i = 0; i < dims.Length; i++)
        {
            var x = At(a, i, dims.Length);
            var y = At(b, i, dims.Length);
            if (x == y || y.Constant == 1)
                dims[i] = x;
            else if (x.Constant == 1)
                dims[i] = y;
            else if (x.IsConstant && y.IsConstant)
                fail($"shapes {a} and {b} do not broadcast");
            else if (x.Symbols.Concat(y.Symbols).Contains(Dim.BatchSymbol))
                fail($"shapes {a} and {b} broadcast for one number of samples only: {(x.IsConstant ? x : y)} may be a batch size that the exporter fixed");
            else
                dims[i] = x.IsConstant ? x : y; // A symbol beside a number other than 1 must equal it (or be 1).
            dims[i] ??= x;
        }

        return Shape.Create(dims);
    }

    /// <summary>True if <paramref name="from"/> broadcasts to exactly <paramref name="to"/>.</summary>
    public static bool BroadcastsTo(Shape from, Shape to) =>
        from.Rank <= to.Rank && Enumerable.Range(0, from.Rank).All(i => from[i] == to[to.Rank - from.Rank + i] || from[i].Constant == 1);

    private static Dim At(Shape shape, int axis, int rank)
    {
        int own = axis - (rank - shape.Rank);
        return own < 0 ? Dim.One : shape[own];
    }
}
