using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>What happens to a tile of sums on its way from registers to C.</summary>
internal static unsafe class GemmEpilogue
{
    /// <summary>
    /// Adds a tile to the partial sums of earlier runs of k (unless it is the first) and, at the last run, does the steps of
    /// <see cref="GemmArguments"/>.
    /// </summary>
    /// <param name="tile">[rows, ldTile]: sums of this run.</param>
    /// <param name="ldTile">Columns of a tile row.</param>
    /// <param name="partial">Sums of the runs before.</param>
    /// <param name="ldPartial">Elements between their rows.</param>
    /// <param name="rows">Rows in the tile.</param>
    /// <param name="columns">Columns in use.</param>
    /// <param name="first">No run came before.</param>
    /// <param name="c">Null before the last run, else C of <paramref name="g"/>.</param>
    /// <param name="i">Row of C of the tile's first row.</param>
    /// <param name="j">Column of C of the tile's first column.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(
        float* tile, int ldTile, float* partial, nint ldPartial, int rows, int columns, bool first, float* c, in GemmArguments g, int i, int j)
    {
        for (int r = 0; r < rows; r++, tile += ldTile, partial += ldPartial)
        {
            float* to = c == null ? partial : c + (long)(i + r) * g.Ldc + j;
            for (int q = 0; q < columns; q += Lanes.Count)
            {
                int lanes = Math.Min(Lanes.Count, columns - q);
                bool full = lanes == Lanes.Count;
                var v = Vector512.Load(tile + q);
                if (!first) v = Load(partial + q, lanes, full) + v;
                if (c != null)
                {
                    if (g.Alpha != 1f) v = Vector512.Create(g.Alpha) * v;
                    if (g.BiasRow != null) v += Load(g.BiasRow + j + q, lanes, full);
                    if (g.BiasColumn != null) v += Vector512.Create(g.BiasColumn[i + r]);
                    if (g.Beta != 0f)
                    {
                        var old = Load(to + q, lanes, full);
                        if (g.Beta != 1f) old = Vector512.Create(g.Beta) * old;
                        v = old + v;
                    }
                }

                if (full) v.Store(to + q);
                else Lanes.StoreTail(to + q, v, lanes);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Load(float* p, int lanes, bool full) => full ? Vector512.Load(p) : Lanes.LoadTail(p, lanes);
}
