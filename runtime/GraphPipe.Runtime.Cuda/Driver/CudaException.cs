namespace GraphPipe.Runtime.Cuda.Driver;

/// <summary>A call of the CUDA driver that did not succeed.</summary>
/// <param name="result">The driver's <c>CUresult</c>.</param>
/// <param name="message">The call, the error's name and the driver's sentence on it.</param>
public sealed class CudaException(int result, string message) : Exception(message)
{
    /// <summary><c>CUDA_ERROR_INVALID_VALUE</c>.</summary>
    public const int InvalidValue = 1;

    /// <summary><c>CUDA_ERROR_OUT_OF_MEMORY</c>.</summary>
    public const int OutOfMemory = 2;

    public int Result { get; } = result;
}
