using GraphPipe.MockCuda.Driver;
using GraphPipe.MockCuda.Memory;

namespace GraphPipe.MockCuda.Blas;

/// <summary>What cuBLAS's exports share: handles, scalars, the way into a stream.</summary>
internal static unsafe class BlasEntry
{
    public static BlasStatus Run(nint handle, Action<MockDriver, BlasHandle> call)
    {
        var result = Entry.Run(d => call(d, d.Handles.Get<BlasHandle>(handle)));
        return result switch
        {
            CudaResult.CUDA_SUCCESS => BlasStatus.Success,
            CudaResult.CUDA_ERROR_INVALID_HANDLE or CudaResult.CUDA_ERROR_NOT_INITIALIZED => BlasStatus.NotInitialized,
            CudaResult.CUDA_ERROR_INVALID_VALUE => BlasStatus.InvalidValue,
            CudaResult.CUDA_ERROR_NOT_FOUND => BlasStatus.NotSupported,
            _ => BlasStatus.ExecutionFailed,
        };
    }

    /// <summary>A scalar argument: read now from the host, or when the work runs from the device.</summary>
    public static Func<GlobalView, IPlace, double> Scalar(BlasHandle handle, void* at, ElementType type)
    {
        if (at is null)
            throw new CudaException(CudaResult.CUDA_ERROR_INVALID_VALUE);
        if (!handle.DevicePointers)
        {
            double value = Elements.Read((byte*)at, type);
            return (_, _) => value;
        }
        ulong address = (ulong)at;
        return (view, place) => Elements.Read(view.Access(address, Elements.Size(type), AccessKind.Read, place), type);
    }

    /// <summary>A scalar result: to the device in stream order, or to the host, which waits.</summary>
    public static void PutResult(MockDriver d, BlasHandle handle, string what, void* result, ElementType type, Func<GlobalView, IPlace, double> work)
    {
        bool toDevice = handle.DevicePointers;
        var operation = d.Enqueue(handle.Stream, what, (view, place) =>
        {
            double value = work(view, place);
            byte* to = toDevice ? view.Access((ulong)result, Elements.Size(type), AccessKind.Write, place) : (byte*)result;
            Elements.Write(to, type, value);
        });
        if (!toDevice)
            d.Await(handle.Stream, operation);
    }

    /// <exception cref="CudaException">Sizes or leading dimensions that cuBLAS refuses.</exception>
    public static void PutGemm(MockDriver d, BlasHandle handle, string what, Gemm gemm, void* alpha, void* beta, ElementType scalars)
    {
        MockDriver.Check(handle.Context);
        bool fits = gemm.M >= 0 && gemm.N >= 0 && gemm.K >= 0 && gemm.Batch >= 0
            && gemm.A.Leading >= Math.Max(1, gemm.TransposeA ? gemm.K : gemm.M)
            && gemm.B.Leading >= Math.Max(1, gemm.TransposeB ? gemm.N : gemm.K)
            && gemm.C.Leading >= Math.Max(1, gemm.M);
        if (!fits)
            throw new CudaException(CudaResult.CUDA_ERROR_INVALID_VALUE);
        if (gemm.M == 0 || gemm.N == 0)
            return;
        var a = Scalar(handle, alpha, scalars);
        var b = Scalar(handle, beta, scalars);
        d.Enqueue(handle.Stream, $"{what} {gemm.M}×{gemm.N}×{gemm.K}", (view, place) => gemm.Run(view, a(view, place), b(view, place), place));
    }

    /// <summary>cublasOperation_t: 0 no, 1 transpose, 2 conjugate transpose, the same for reals.</summary>
    public static bool Transposed(int operation) => operation is 0 or 1 or 2
        ? operation != 0
        : throw new CudaException(CudaResult.CUDA_ERROR_INVALID_VALUE);
}
