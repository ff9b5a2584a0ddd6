using System.Runtime.InteropServices;
using GraphPipe.MockCuda.Driver;

namespace GraphPipe.MockCuda.Blas;

/// <summary>cuBLAS: matrix products.</summary>
internal static unsafe class GemmExports
{
    /// <summary>cublasMath_t CUBLAS_TF32_TENSOR_OP_MATH and cublasComputeType_t CUBLAS_COMPUTE_32F_FAST_TF32.</summary>
    private const int Tf32Math = 3;

    private const int ComputeTf32 = 77;

    private const int Compute16 = 64;

    private const int Compute64 = 70;

    [UnmanagedCallersOnly(EntryPoint = "cublasSgemm_v2")]
    public static BlasStatus Sgemm(
        nint handle, int opA, int opB, int m, int n, int k, float* alpha, ulong a, int lda, ulong b, int ldb, float* beta, ulong c, int ldc) =>
        Put("cublasSgemm", ElementType.Single, handle, opA, opB, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);

    [UnmanagedCallersOnly(EntryPoint = "cublasDgemm_v2")]
    public static BlasStatus Dgemm(
        nint handle, int opA, int opB, int m, int n, int k, double* alpha, ulong a, int lda, ulong b, int ldb, double* beta, ulong c, int ldc) =>
        Put("cublasDgemm", ElementType.Double, handle, opA, opB, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);

    [UnmanagedCallersOnly(EntryPoint = "cublasHgemm")]
    public static BlasStatus Hgemm(
        nint handle, int opA, int opB, int m, int n, int k, Half* alpha, ulong a, int lda, ulong b, int ldb, Half* beta, ulong c, int ldc) =>
        Put("cublasHgemm", ElementType.Half, handle, opA, opB, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);

    [UnmanagedCallersOnly(EntryPoint = "cublasSgemmStridedBatched")]
    public static BlasStatus SgemmStridedBatched(
        nint handle, int opA, int opB, int m, int n, int k, float* alpha, ulong a, int lda, long strideA, ulong b, int ldb, long strideB,
        float* beta, ulong c, int ldc, long strideC, int batch) =>
        Put("cublasSgemmStridedBatched", ElementType.Single, handle, opA, opB, m, n, k, alpha, a, lda, strideA, b, ldb, strideB, beta, c, ldc,
            strideC, batch);

    [UnmanagedCallersOnly(EntryPoint = "cublasGemmEx")]
    public static BlasStatus GemmEx(
        nint handle, int opA, int opB, int m, int n, int k, void* alpha, ulong a, ElementType typeA, int lda, ulong b, ElementType typeB, int ldb,
        void* beta, ulong c, ElementType typeC, int ldc, int compute, int algorithm) =>
        PutEx("cublasGemmEx", handle, opA, opB, m, n, k, alpha, new Matrix(a, typeA, lda, 0), new Matrix(b, typeB, ldb, 0), beta,
            new Matrix(c, typeC, ldc, 0), 1, compute);

    [UnmanagedCallersOnly(EntryPoint = "cublasGemmStridedBatchedEx")]
    public static BlasStatus GemmStridedBatchedEx(
        nint handle, int opA, int opB, int m, int n, int k, void* alpha, ulong a, ElementType typeA, int lda, long strideA, ulong b,
        ElementType typeB, int ldb, long strideB, void* beta, ulong c, ElementType typeC, int ldc, long strideC, int batch, int compute,
        int algorithm) =>
        PutEx("cublasGemmStridedBatchedEx", handle, opA, opB, m, n, k, alpha, new Matrix(a, typeA, lda, strideA),
            new Matrix(b, typeB, ldb, strideB), beta, new Matrix(c, typeC, ldc, strideC), batch, compute);

    private static BlasStatus Put(
        string name, ElementType type, nint handle, int opA, int opB, int m, int n, int k, void* alpha, ulong a, int lda, long strideA, ulong b,
        int ldb, long strideB, void* beta, ulong c, int ldc, long strideC, int batch) => BlasEntry.Run(handle, (d, h) =>
    {
        bool tf32 = type == ElementType.Single && h.MathMode == Tf32Math;
        var gemm = new Gemm(BlasEntry.Transposed(opA), BlasEntry.Transposed(opB), m, n, k, new Matrix(a, type, lda, strideA),
            new Matrix(b, type, ldb, strideB), new Matrix(c, type, ldc, strideC), batch, tf32);
        BlasEntry.PutGemm(d, h, name, gemm, alpha, beta, type);
    });

    private static BlasStatus PutEx(
        string name, nint handle, int opA, int opB, int m, int n, int k, void* alpha, Matrix a, Matrix b, void* beta, Matrix c, int batch,
        int compute) => BlasEntry.Run(handle, (d, h) =>
    {
        if (!Enum.IsDefined(a.Type) || a.Type != b.Type || !Enum.IsDefined(c.Type))
            throw new CudaException(CudaResult.CUDA_ERROR_NOT_FOUND);
        var scalars = compute switch
        {
            Compute16 => ElementType.Half,
            Compute64 => ElementType.Double,
            _ => ElementType.Single,
        };
        bool tf32 = compute == ComputeTf32 || (compute == 68 && h.MathMode == Tf32Math);
        BlasEntry.PutGemm(d, h, name,
            new Gemm(BlasEntry.Transposed(opA), BlasEntry.Transposed(opB), m, n, k, a, b, c, batch, tf32), alpha, beta, scalars);
    });
}
