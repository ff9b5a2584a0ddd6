using GraphPipe.Bundle;
using Microsoft.ML.OnnxRuntime;

namespace GraphPipe.Runtime.Ort;

/// <summary>ONNX Runtime's CUDA execution provider, for builds with <c>-p:OrtGpu=true</c>. Compiled in all builds, since the interface is that of the CPU package too.</summary>
internal static class OrtCuda
{
    /// <summary>Whether this build's stages run on it.</summary>
#if ORT_GPU
    public static bool IsWanted => true;
#else
    public static bool IsWanted => false;
#endif

    /// <summary>Lets sessions run on a GPU what the provider has kernels for; the rest stays on the CPU.</summary>
    /// <exception cref="DiagnosticException">GP6008: the provider is not in the installed package, or finds no GPU, CUDA or cuDNN.</exception>
    public static void Add(SessionOptions options, int gpu)
    {
        try
        {
            options.AppendExecutionProvider_CUDA(gpu);
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException)
        {
            throw new DiagnosticException(Diagnostic.Error(
                Codes.DevicesMissing,
                $"ONNX Runtime has no CUDA provider for GPU {gpu}: {e.Message.ReplaceLineEndings(" ")}",
                advice: "it needs the package Microsoft.ML.OnnxRuntime.Gpu, a GPU, and the CUDA and cuDNN that the package asks for; a build without -p:OrtGpu=true runs on CPUs"));
        }
    }
}
