using GraphPipe.Runtime.Cuda.Numerics;
using ILGPU;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>
/// Products Y = alpha·A·B + beta·C, one per batch position. Elements of A lie at m·AM + k·AK, so a transposed operand is one with its strides
/// exchanged; the batch map steps in whole matrices.
/// </summary>
internal struct MatrixNumbers
{
    public int M, N, K;
    public int AM, AK, BK, BN, CM, CN;
    public int TilesM, TilesN;
    public int HasC;
    public float Alpha, Beta;
    public StridedMap Batches;

    public readonly LaunchShape Shape => new(checked(TilesM * TilesN * Batches.Count), MatrixCode.Threads);
}

/// <summary>
/// What runs on the GPU for matrix products: a group of 16 × 16 threads makes a tile of 32 × 32 results, four to a thread, with slices of 16 of the
/// inner axis staged in shared memory. Every result is one chain of fused multiply-adds in the order of the inner axis, whatever the sizes.
/// </summary>
internal static class MatrixCode
{
    public const int Threads = Side * Side;
    public const int Tile = 2 * Side;
    private const int Side = 16;
    private const int Slice = 16;

    // A row of shared memory is one float longer than a tile, so that columns fall into different banks.
    private const int Row = Tile + 1;

    public static void Multiply(ArrayView<float> a, ArrayView<float> b, ArrayView<float> c, ArrayView<float> y, MatrixNumbers n)
    {
        var tileA = SharedMemory.Allocate<float>(Slice * Row);
        var tileB = SharedMemory.Allocate<float>(Slice * Row);
        int tiles = n.TilesM * n.TilesN, batch = Grid.IdxX / tiles, tile = Grid.IdxX - batch * tiles;
        int rowTile = tile / n.TilesN, m0 = rowTile * Tile, n0 = (tile - rowTile * n.TilesN) * Tile;
        var at = n.Batches.At(batch);
        int baseA = at.A * n.M * n.K, baseB = at.B * n.K * n.N, baseY = batch * n.M * n.N;
        int thread = Group.IdxX, ty = thread / Side, tx = thread - ty * Side;
        float y00 = 0f, y01 = 0f, y10 = 0f, y11 = 0f;
        for (int k0 = 0; k0 < n.K; k0 += Slice)
        {
            for (int i = thread; i < Slice * Tile; i += Threads)
            {
                // Neighbouring threads read neighbouring elements, whichever way round the operand lies.
                int k = n.AK == 1 ? i % Slice : i / Tile, m = n.AK == 1 ? i / Slice : i % Tile;
                float value = 0f;
                if (m0 + m < n.M && k0 + k < n.K)
                    value = a[baseA + (m0 + m) * n.AM + (k0 + k) * n.AK];
                tileA[k * Row + m] = value;
            }

            for (int i = thread; i < Slice * Tile; i += Threads)
            {
                int k = n.BN == 1 ? i / Tile : i % Slice, j = n.BN == 1 ? i % Tile : i / Slice;
                float value = 0f;
                if (n0 + j < n.N && k0 + k < n.K)
                    value = b[baseB + (k0 + k) * n.BK + (n0 + j) * n.BN];
                tileB[k * Row + j] = value;
            }

            Group.Barrier();
            int depth = n.K - k0 < Slice ? n.K - k0 : Slice;
            for (int k = 0; k < depth; k++)
            {
                float a0 = tileA[k * Row + ty], a1 = tileA[k * Row + ty + Side];
                float b0 = tileB[k * Row + tx], b1 = tileB[k * Row + tx + Side];
                y00 = DeviceMath.MultiplyAdd(a0, b0, y00);
                y01 = DeviceMath.MultiplyAdd(a0, b1, y01);
                y10 = DeviceMath.MultiplyAdd(a1, b0, y10);
                y11 = DeviceMath.MultiplyAdd(a1, b1, y11);
            }

            Group.Barrier();
        }

        Store(c, y, n, baseY, m0 + ty, n0 + tx, y00);
        Store(c, y, n, baseY, m0 + ty, n0 + tx + Side, y01);
        Store(c, y, n, baseY, m0 + ty + Side, n0 + tx, y10);
        Store(c, y, n, baseY, m0 + ty + Side, n0 + tx + Side, y11);
    }

    private static void Store(ArrayView<float> c, ArrayView<float> y, MatrixNumbers n, int baseY, int row, int column, float value)
    {
        if (row >= n.M || column >= n.N)
            return;
        value *= n.Alpha;
        if (n.HasC != 0)
            value += n.Beta * c[row * n.CM + column * n.CN];
        y[baseY + row * n.N + column] = value;
    }
}
