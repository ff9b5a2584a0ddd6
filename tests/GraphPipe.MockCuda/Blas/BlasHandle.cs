using GraphPipe.MockCuda.Driver;
using GraphPipe.MockCuda.Streams;

namespace GraphPipe.MockCuda.Blas;

/// <summary>cublasStatus_t.</summary>
internal enum BlasStatus
{
    Success = 0,
    NotInitialized = 1,
    AllocationFailed = 3,
    InvalidValue = 7,
    ExecutionFailed = 13,
    NotSupported = 15,
}

/// <summary>A cuBLAS handle: its context, stream and modes.</summary>
internal sealed class BlasHandle(Context context)
{
    public Context Context => context;

    /// <summary>The context's default stream until cublasSetStream.</summary>
    public MockStream Stream { get; set; } = context.Default;

    public nint StreamHandle { get; set; }

    /// <summary>Scalars lie in device memory instead of the host's.</summary>
    public bool DevicePointers { get; set; }

    public int AtomicsMode { get; set; }

    /// <summary>cublasMath_t: 3 lets f32 products run on TF32.</summary>
    public int MathMode { get; set; }
}

/// <summary>Storage of matrix elements (cudaDataType_t).</summary>
internal enum ElementType
{
    Single = 0,
    Double = 1,
    Half = 2,
    Brain = 14,
}
