namespace GraphPipe.Runtime.Cuda.Driver;

/// <summary>
/// cuBLAS on a device's stream. Its workspace is fixed, which together with one stream is what cuBLAS asks for to give the same bits every time
/// (cuBLAS, "Results reproducibility"); pedantic mode keeps it from rounding operands to TF32.
/// </summary>
internal sealed unsafe class CublasHandle : IDisposable
{
    private const int PedanticMath = 2;

    /// <param name="stream">The device's.</param>
    /// <param name="workspace">Memory of the device; shared with kernels, which the same stream keeps apart.</param>
    /// <param name="bytes">Of it.</param>
    public CublasHandle(CublasLibrary library, nint stream, nint workspace, long bytes)
    {
        Library = library;
        nint handle = 0;
        CublasLibrary.Check(library.Create(&handle), "cublasCreate");
        Handle = handle;
        CublasLibrary.Check(library.SetStream(handle, stream), "cublasSetStream");
        CublasLibrary.Check(library.SetWorkspace(handle, workspace, (nuint)bytes), "cublasSetWorkspace");
        CublasLibrary.Check(library.SetMathMode(handle, PedanticMath), "cublasSetMathMode");
    }

    public CublasLibrary Library { get; }

    public nint Handle { get; }

    public void Dispose() => _ = Library.Destroy(Handle);
}
