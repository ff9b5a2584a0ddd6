using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>
/// A product on cuBLAS. Its matrices are column-major, in which our row-major Y, A and B are their transposes: Yᵀ = Bᵀ·Aᵀ, so the operands change places.
/// </summary>
/// <param name="cublas">The device's.</param>
/// <param name="n">The product; its batches step evenly.</param>
/// <param name="spread">Spreads C over Y before the product, which then adds to it; null without C.</param>
internal sealed unsafe class CublasCall(CublasHandle cublas, MatrixNumbers n, KernelLaunch? spread) : CudaCall
{
    private const int Plain = 0;
    private const int Transposed = 1;

    // alpha and beta are read from the host when the call is made, captured or not (cuBLAS, "Scalar parameters").
    public override bool IsRepeatable => true;

    /// <summary>Whether batches are evenly apart and no size is zero, which cuBLAS wants.</summary>
    public static bool Does(in MatrixNumbers n) => n is { M: > 0, N: > 0, K: > 0 } && n.Batches.Rank <= 1 && n.Batches.Count > 0;

    public override void Enqueue(in CallContext context)
    {
        spread?.Enqueue(context);
        nint a = context.Input(0), b = context.Input(1), y = context.Output(0);
        float alpha = n.Alpha, beta = spread is null ? 0 : n.Beta;
        var (transA, transB) = (n.AK == 1 && n.AM == n.K ? Plain : Transposed, n.BN == 1 && n.BK == n.N ? Plain : Transposed);
        int lda = transA == Plain ? n.K : n.M, ldb = transB == Plain ? n.N : n.K;
        int status = n.Batches.Count == 1
            ? cublas.Library.Multiply(cublas.Handle, transB, transA, n.N, n.M, n.K, &alpha, b, ldb, a, lda, &beta, y, n.N)
            : cublas.Library.MultiplyBatch(
                cublas.Handle, transB, transA, n.N, n.M, n.K, &alpha, b, ldb, (long)n.Batches.B0 * n.K * n.N, a, lda, (long)n.Batches.A0 * n.M * n.K, &beta, y, n.N, (long)n.M * n.N,
                n.Batches.Count);
        CublasLibrary.Check(status, "cublasSgemm");
    }
}
