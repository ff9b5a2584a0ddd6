using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>
/// Matrix products in float32. What an element of C is, is fixed by K alone: the k axis is cut into runs of <see cref="KBlock"/>; inside
/// a run, fused multiply-adds with k ascending, from zero; the runs' sums added in order.
/// </summary>
/// <remarks>
/// So the bits depend neither on M, N, the transposes, the tile shape and the vector width nor on how C is shared out over threads: a
/// row computed in a batch of one equals the same row in a batch of 64.
/// Blocking follows Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008), with one change: only a
/// panel of B is packed at a time, straight before its use, because a panel's use by a whole block of A pays for the copy.
/// </remarks>
public static unsafe class Gemm
{
    /// <summary>Length of a run of k. Part of the definition of the result: changing it changes bits.</summary>
    public const int KBlock = 384;

    /// <summary>Most rows of A packed at a time: 392·384·4 bytes are half of a 1 MiB second-level cache.</summary>
    private const int RowBlock = 392;

    /// <summary>Columns at a time when partial sums need a place beside C.</summary>
    private const int SideColumns = 256;

    /// <summary>Products this small read their operands in place where they can; packing would cost as much as it saves.</summary>
    private const long InPlace = 64 * 64;

    private const int BytesA = (RowBlock + 14) * KBlock * 4 + 64;
    private const int BytesB = KBlock * 32 * 4;
    private const int BytesTile = 16 * 32 * 4;
    private const int BytesSide = (RowBlock + 14) * SideColumns * 4;

    /// <summary>Bytes of scratch that each thread hands to <see cref="Run(in GemmArguments, byte*)"/>; any alignment, 64 is best.</summary>
    public const int ScratchBytes = BytesA + BytesB + BytesTile + BytesSide + 64;

    private static int TileRows => Vector512.IsHardwareAccelerated ? GemmTile512.Rows : GemmTile256.Rows;

    private static int TileColumns => Vector512.IsHardwareAccelerated ? GemmTile512.Columns : GemmTile256.Columns;

    /// <summary>The whole product on the calling thread.</summary>
    /// <param name="scratch"><see cref="ScratchBytes"/> bytes that no other thread uses meanwhile.</param>
    public static void Run(in GemmArguments g, byte* scratch) => Rectangle(g, 0, g.M, 0, g.N, scratch);

    /// <summary>
    /// One of <paramref name="parts"/> disjoint pieces of C, cut along the longer side on tile borders. All parts together, in any
    /// order or at once, give the bits of <see cref="Run(in GemmArguments, byte*)"/>.
    /// </summary>
    public static void Run(in GemmArguments g, int part, int parts, byte* scratch)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)part, (uint)parts);
        if (g.N >= g.M)
        {
            Share(g.N, TileColumns, part, parts, out int from, out int to);
            Rectangle(g, 0, g.M, from, to, scratch);
        }
        else
        {
            Share(g.M, TileRows, part, parts, out int from, out int to);
            Rectangle(g, from, to, 0, g.N, scratch);
        }
    }

    /// <summary>
    /// Products <paramref name="first"/> ≤ b &lt; <paramref name="end"/> of a batch whose operands lie <paramref name="strideA"/>,
    /// <paramref name="strideB"/> and <paramref name="strideC"/> elements apart (0 shares an operand; C's must not be shared).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunBatch(
        in GemmArguments g, long strideA, long strideB, long strideC, long first, long end, byte* scratch)
    {
        var one = g;
        for (long b = first; b < end; b++)
        {
            one.A = g.A + b * strideA;
            one.B = g.B + b * strideB;
            one.C = g.C + b * strideC;
            Rectangle(one, 0, g.M, 0, g.N, scratch);
        }
    }

    private static void Share(int length, int tile, int part, int parts, out int from, out int to)
    {
        long tiles = (length + tile - 1) / tile;
        from = (int)Math.Min(length, tiles * part / parts * tile);
        to = (int)Math.Min(length, tiles * (part + 1) / parts * tile);
    }

    /// <summary>Rows m0 ≤ i &lt; m1 and columns n0 ≤ j &lt; n1 of C.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rectangle(in GemmArguments g, int m0, int m1, int n0, int n1, byte* scratch)
    {
        if (m1 <= m0 || n1 <= n0) return;
        scratch = (byte*)(((nuint)scratch + 63) & ~(nuint)63);
        var work = new GemmWork
        {
            PackedA = (float*)scratch,
            PackedB = (float*)(scratch + BytesA),
            Tile = (float*)(scratch + BytesA + BytesB),
            Side = (float*)(scratch + BytesA + BytesB + BytesTile),
        };

        // Partial sums wait in C itself, except when C still holds what is to be added at the end.
        bool aside = g.K > KBlock && g.Beta != 0f;
        int columns = aside ? SideColumns : n1 - n0;
        int tile = TileRows;
        int panels = (m1 - m0 + tile - 1) / tile;
        int blocks = (panels + RowBlock / tile - 1) / (RowBlock / tile);
        for (int j = n0; j < n1; j += columns)
        {
            for (int block = 0; block < blocks; block++)
            {
                int i = m0 + (int)((long)panels * block / blocks) * tile;
                int iEnd = Math.Min(m1, m0 + (int)((long)panels * (block + 1) / blocks) * tile);
                int p = 0;
                do
                {
                    work.I = i;
                    work.IEnd = iEnd;
                    work.J = j;
                    work.JEnd = Math.Min(n1, j + columns);
                    work.P = p;
                    work.PEnd = Math.Min(g.K, p + KBlock);
                    work.Partial = aside ? work.Side : g.C + (long)i * g.Ldc + j;
                    work.LdPartial = aside ? SideColumns : g.Ldc;
                    Block(g, work);
                    p += KBlock;
                }
                while (p < g.K);
            }
        }
    }

    /// <summary>A block of C over one run of k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block(in GemmArguments g, in GemmWork w)
    {
        int k = w.PEnd - w.P, rows = w.IEnd - w.I, tileRows = TileRows, tileColumns = TileColumns;
        bool first = w.P == 0, last = w.PEnd == g.K, finish = last && (g.HasEpilogue || !first);

        // Where the k axis is the stored row axis, a tile can read the operand in place.
        bool packA = !g.TransA || (long)k * g.Lda > InPlace;
        bool packB = g.TransB || (rows > tileRows && (long)k * g.Ldb > InPlace);
        if (packA) PackA(g, w, k, rows, tileRows);

        for (int j = w.J; j < w.JEnd; j += tileColumns)
        {
            int width = Math.Min(tileColumns, w.JEnd - j);
            float* b = w.PackedB;
            nint bStride = tileColumns;
            if (g.TransB) GemmPacking.Columns(g.B + (long)j * g.Ldb + w.P, g.Ldb, k, width, b, tileColumns);
            else if (packB || width < tileColumns) GemmPacking.Rows(g.B + (long)w.P * g.Ldb + j, g.Ldb, k, width, b, tileColumns);
            else
            {
                b = g.B + (long)w.P * g.Ldb + j;
                bStride = g.Ldb;
            }

            // Straight to its place if nothing is to be added to a full tile.
            bool direct = first && !finish && (width == tileColumns || w.Partial == w.Side);
            for (int i = 0; i < rows;)
            {
                int height = Math.Min(Vector512.IsHardwareAccelerated ? GemmTile512.Height(rows - i) : GemmTile256.Height(rows - i), tileRows);
                float* a = packA
                    ? w.PackedA + (long)(i / tileRows) * tileRows * k + i % tileRows
                    : g.A + (long)w.P * g.Lda + w.I + i;
                nint aStride = packA ? tileRows : g.Lda;
                float* partial = w.Partial + (long)i * w.LdPartial + (j - w.J);
                if (!direct && Sse.IsSupported)
                    for (int r = 0; r < height; r++)
                    {
                        Sse.Prefetch0(partial + (long)r * w.LdPartial);
                        Sse.Prefetch0(partial + (long)r * w.LdPartial + 16);
                    }

                float* to = direct ? partial : w.Tile;
                nint ldTo = direct ? w.LdPartial : tileColumns;
                if (Vector512.IsHardwareAccelerated) GemmTile512.Run(height, k, a, aStride, b, bStride, to, ldTo);
                else GemmTile256.Run(height, k, a, aStride, b, bStride, to, ldTo);
                if (!direct)
                {
                    GemmEpilogue.Add(w.Tile, tileColumns, partial, w.LdPartial, height, width, first, last && finish ? g.C : null, g, w.I + i, j);
                }

                i += height;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackA(in GemmArguments g, in GemmWork w, int k, int rows, int tileRows)
    {
        float* to = w.PackedA;
        for (int i = 0; i < rows; i += tileRows, to += (long)tileRows * k)
        {
            int count = Math.Min(tileRows, rows - i);
            if (g.TransA) GemmPacking.Rows(g.A + (long)w.P * g.Lda + w.I + i, g.Lda, k, count, to, tileRows);
            else GemmPacking.Columns(g.A + (long)(w.I + i) * g.Lda + w.P, g.Lda, k, count, to, tileRows);
        }
    }
}

/// <summary>Places and bounds of the block in work.</summary>
internal unsafe struct GemmWork
{
    public float* PackedA;
    public float* PackedB;
    public float* Tile;
    public float* Side;
    public float* Partial;
    public nint LdPartial;
    public int I;
    public int IEnd;
    public int J;
    public int JEnd;
    public int P;
    public int PEnd;
}
