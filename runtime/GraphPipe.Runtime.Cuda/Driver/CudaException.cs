using GraphPipe.Bundle;

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

    /// <summary><c>CUDA_ERROR_DEVICE_UNAVAILABLE</c>.</summary>
    public const int DeviceUnavailable = 46;

    public int Result { get; } = result;

    /// <summary>
    /// Whether a kernel that ran before failed, which every later call of the context is told: an illegal or misaligned address, a time limit, an assertion, a hardware or launch fault (CUDA driver API,
    /// CUresult: "this leaves the process in an inconsistent state").
    /// </summary>
    public bool IsSticky => Result is 700 or 702 or 710 or (>= 714 and <= 719);

    /// <summary>GP6012 for memory that a device needs beside what the plan counts.</summary>
    /// <param name="who">The device, or the host.</param>
    public static DiagnosticException Full(string who, string call) => new(Diagnostic.Error(
        Codes.DeviceMemoryFull, $"{who} has no memory left ({call})", advice: "look at nvidia-smi for other programs that use it; fewer devices on it, smaller micro-batches and --recompute need less"));
}
