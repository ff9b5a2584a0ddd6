using Microsoft.ML.OnnxRuntime;

namespace GraphPipe.Runtime.Ort;

/// <summary>
/// Executes calls that a device has no kernel for in ONNX Runtime: the one-op models that the compiler put into the stage program
/// (<see cref="GraphPipe.Bundle.KernelCall.OnnxModel"/>), on the device's own memory, one thread each. Has no state; devices may share it.
/// </summary>
public sealed class OrtFallback : IKernelFallback
{
    public string Name => "ONNX Runtime";

    public IFallbackCall? Bind(KernelBinding binding)
    {
        ArgumentNullException.ThrowIfNull(binding);
        if (binding.Call.OnnxModel.IsEmpty)
            return null;
        InferenceSession? session = null;
        try
        {
            using var options = OrtSettings.Create(threads: 1);
            options.EnableCpuMemArena = false; // Operands and results are ours.
            session = new InferenceSession(binding.Call.OnnxModel.ToArray(), options);
            return OrtCall.Create(session, binding);
        }
        catch (OnnxRuntimeException)
        {
            session?.Dispose();
            return null; // An operator, an opset or a type beyond it: the device reports the call.
        }
    }
}
