using System.Runtime.InteropServices;
using GraphPipe.MockCuda.Memory;

namespace GraphPipe.MockCuda.Blas;

/// <summary>cuBLAS: the vector operations of f32 (level 1), and the product of a matrix and a vector.</summary>
internal static unsafe class VectorExports
{
    private const ElementType Single = ElementType.Single;

    [UnmanagedCallersOnly(EntryPoint = "cublasSaxpy_v2")]
    public static BlasStatus Saxpy(nint handle, int n, float* alpha, ulong x, int stepX, ulong y, int stepY) =>
        BlasEntry.Run(handle, (d, h) =>
        {
            var scalar = BlasEntry.Scalar(h, alpha, Single);
            d.Enqueue(h.Stream, $"cublasSaxpy of {n}", (view, place) =>
            {
                double a = scalar(view, place);
                for (int k = 0; k < n; k++)
                    Set(view, y, k, stepY, n, (a * Get(view, x, k, stepX, n, place)) + Get(view, y, k, stepY, n, place), place);
            });
        });

    [UnmanagedCallersOnly(EntryPoint = "cublasSscal_v2")]
    public static BlasStatus Sscal(nint handle, int n, float* alpha, ulong x, int step) => BlasEntry.Run(handle, (d, h) =>
    {
        var scalar = BlasEntry.Scalar(h, alpha, Single);
        d.Enqueue(h.Stream, $"cublasSscal of {n}", (view, place) =>
        {
            double a = scalar(view, place);
            for (int k = 0; k < n; k++)
                Set(view, x, k, step, n, a * Get(view, x, k, step, n, place), place);
        });
    });

    [UnmanagedCallersOnly(EntryPoint = "cublasSdot_v2")]
    public static BlasStatus Sdot(nint handle, int n, ulong x, int stepX, ulong y, int stepY, float* result) =>
        BlasEntry.Run(handle, (d, h) => BlasEntry.PutResult(d, h, $"cublasSdot of {n}", result, Single, (view, place) =>
        {
            double sum = 0;
            for (int k = 0; k < n; k++)
                sum += Get(view, x, k, stepX, n, place) * Get(view, y, k, stepY, n, place);
            return sum;
        }));

    [UnmanagedCallersOnly(EntryPoint = "cublasSnrm2_v2")]
    public static BlasStatus Snrm2(nint handle, int n, ulong x, int step, float* result) =>
        BlasEntry.Run(handle, (d, h) => BlasEntry.PutResult(d, h, $"cublasSnrm2 of {n}", result, Single, (view, place) =>
        {
            double sum = 0;
            for (int k = 0; k < n; k++)
                sum += Get(view, x, k, step, n, place) * Get(view, x, k, step, n, place);
            return Math.Sqrt(sum);
        }));

    [UnmanagedCallersOnly(EntryPoint = "cublasSasum_v2")]
    public static BlasStatus Sasum(nint handle, int n, ulong x, int step, float* result) =>
        BlasEntry.Run(handle, (d, h) => BlasEntry.PutResult(d, h, $"cublasSasum of {n}", result, Single, (view, place) =>
        {
            double sum = 0;
            for (int k = 0; k < n; k++)
                sum += Math.Abs(Get(view, x, k, step, n, place));
            return sum;
        }));

    /// <summary>y = α·op(A)·x + β·y: a gemm of one column where the steps are 1.</summary>
    [UnmanagedCallersOnly(EntryPoint = "cublasSgemv_v2")]
    public static BlasStatus Sgemv(
        nint handle, int op, int m, int n, float* alpha, ulong a, int lda, ulong x, int stepX, float* beta, ulong y, int stepY) =>
        BlasEntry.Run(handle, (d, h) =>
        {
            bool transposed = BlasEntry.Transposed(op);
            int rows = transposed ? n : m, inner = transposed ? m : n;
            // The vectors as rows of matrices whose leading dimension is the step: x transposed is inner×1.
            if (stepX < 1 || stepY != 1)
                throw new Driver.CudaException(Driver.CudaResult.CUDA_ERROR_NOT_FOUND);
            var gemm = new Gemm(transposed, true, rows, 1, inner, new Matrix(a, Single, lda, 0), new Matrix(x, Single, stepX, 0),
                new Matrix(y, Single, Math.Max(rows, 1), 0), 1, false);
            BlasEntry.PutGemm(d, h, "cublasSgemv", gemm, alpha, beta, Single);
        });

    /// <summary>Element k of a vector; with a negative step it runs from its end (BLAS).</summary>
    private static ulong At(ulong start, int k, int step, int n) =>
        start + (ulong)(4L * (step >= 0 ? (long)k * step : (long)(k - n + 1) * step));

    private static double Get(GlobalView view, ulong start, int k, int step, int n, IPlace place) =>
        *(float*)view.Access(At(start, k, step, n), 4, AccessKind.Read, place);

    private static void Set(GlobalView view, ulong start, int k, int step, int n, double value, IPlace place) =>
        *(float*)view.Access(At(start, k, step, n), 4, AccessKind.Write, place) = (float)value;
}
