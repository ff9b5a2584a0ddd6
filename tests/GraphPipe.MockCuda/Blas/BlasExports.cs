using System.Runtime.InteropServices;
using GraphPipe.MockCuda.Driver;
using GraphPipe.MockCuda.Streams;

namespace GraphPipe.MockCuda.Blas;

/// <summary>cuBLAS: handles and modes.</summary>
internal static unsafe class BlasExports
{
    [UnmanagedCallersOnly(EntryPoint = "cublasCreate_v2")]
    public static BlasStatus Create(nint* handle)
    {
        var status = BlasStatus.NotInitialized;
        Entry.Run(d =>
        {
            var context = d.Current();
            status = !d.CountBlasHandle() ? BlasStatus.AllocationFailed : (BlasStatus)d.Configuration.BlasStatus;
            if (status == BlasStatus.Success)
                *handle = d.Handles.Add(new BlasHandle(context));
        });
        return status;
    }

    [UnmanagedCallersOnly(EntryPoint = "cublasDestroy_v2")]
    public static BlasStatus Destroy(nint handle) => BlasEntry.Run(handle, (d, h) =>
    {
        d.Scheduler.Drain(h.Stream);
        d.Handles.Remove(handle);
    });

    [UnmanagedCallersOnly(EntryPoint = "cublasGetVersion_v2")]
    public static BlasStatus GetVersion(nint handle, int* version)
    {
        *version = 120400;
        return BlasStatus.Success;
    }

    [UnmanagedCallersOnly(EntryPoint = "cublasSetStream_v2")]
    public static BlasStatus SetStream(nint handle, nint stream) => BlasEntry.Run(handle, (d, h) =>
    {
        h.Stream = stream is >= 0 and <= 2 ? h.Context.Default : d.Handles.Get<MockStream>(stream);
        h.StreamHandle = stream;
    });

    [UnmanagedCallersOnly(EntryPoint = "cublasGetStream_v2")]
    public static BlasStatus GetStream(nint handle, nint* stream) => BlasEntry.Run(handle, (_, h) => { *stream = h.StreamHandle; });

    /// <summary>The workspace is looked up, so that one that is no device memory is refused, and not used.</summary>
    [UnmanagedCallersOnly(EntryPoint = "cublasSetWorkspace_v2")]
    public static BlasStatus SetWorkspace(nint handle, ulong workspace, nuint bytes) => BlasEntry.Run(handle, (d, _) =>
    {
        if (workspace != 0 && d.Space.Holding(workspace, (long)bytes) is null)
            throw new CudaException(CudaResult.CUDA_ERROR_INVALID_VALUE);
    });

    [UnmanagedCallersOnly(EntryPoint = "cublasSetMathMode")]
    public static BlasStatus SetMathMode(nint handle, int mode) => BlasEntry.Run(handle, (_, h) => { h.MathMode = mode; });

    [UnmanagedCallersOnly(EntryPoint = "cublasGetMathMode")]
    public static BlasStatus GetMathMode(nint handle, int* mode) => BlasEntry.Run(handle, (_, h) => { *mode = h.MathMode; });

    [UnmanagedCallersOnly(EntryPoint = "cublasSetPointerMode_v2")]
    public static BlasStatus SetPointerMode(nint handle, int mode) => BlasEntry.Run(handle, (_, h) => { h.DevicePointers = mode == 1; });

    [UnmanagedCallersOnly(EntryPoint = "cublasGetPointerMode_v2")]
    public static BlasStatus GetPointerMode(nint handle, int* mode) =>
        BlasEntry.Run(handle, (_, h) => { *mode = h.DevicePointers ? 1 : 0; });

    [UnmanagedCallersOnly(EntryPoint = "cublasSetAtomicsMode")]
    public static BlasStatus SetAtomicsMode(nint handle, int mode) => BlasEntry.Run(handle, (_, h) => { h.AtomicsMode = mode; });

    [UnmanagedCallersOnly(EntryPoint = "cublasGetAtomicsMode")]
    public static BlasStatus GetAtomicsMode(nint handle, int* mode) => BlasEntry.Run(handle, (_, h) => { *mode = h.AtomicsMode; });
}
