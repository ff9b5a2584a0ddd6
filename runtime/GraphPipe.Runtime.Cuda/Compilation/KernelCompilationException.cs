namespace GraphPipe.Runtime.Cuda.Compilation;

/// <summary>A kernel of ours that ILGPU or the driver does not compile: a bug.</summary>
public sealed class KernelCompilationException(string message, Exception? inner) : Exception(message, inner);
