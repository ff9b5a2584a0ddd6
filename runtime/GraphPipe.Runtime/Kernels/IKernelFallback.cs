namespace GraphPipe.Runtime;

/// <summary>Executes calls that the device has no kernel for, on operands in host memory. ONNX Runtime is one.</summary>
public interface IKernelFallback
{
    /// <summary>For people, e.g. <c>ONNX Runtime</c>.</summary>
    string Name { get; }

    /// <summary>Null if the call is beyond it.</summary>
    IFallbackCall? Bind(KernelBinding binding);
}

/// <summary>A call bound by a fallback.</summary>
public interface IFallbackCall : IDisposable
{
    /// <param name="inputs">Host addresses of the operands, 0 for one that is left out.</param>
    /// <param name="outputs">Host addresses of the results, 0 for one that nobody reads.</param>
    void Run(ReadOnlySpan<nint> inputs, ReadOnlySpan<nint> outputs);
}
