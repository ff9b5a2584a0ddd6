namespace GraphPipe.Runtime.Cuda.Compilation;

/// <summary>A compiled kernel.</summary>
/// <param name="Entry">The name of its entry.</param>
/// <param name="Text">A PTX module with that entry alone.</param>
public sealed record PtxKernel(string Entry, string Text);
