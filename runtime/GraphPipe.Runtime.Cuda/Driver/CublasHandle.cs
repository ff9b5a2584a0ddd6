using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda.Driver;

/// <summary>
/// cuBLAS on a device's stream. Its workspace is fixed, which together with one stream is what cuBLAS asks for to give the same bits every time (cuBLAS, "Results reproducibility"). Pedantic mode
/// "uses the prescribed precision and standardized arithmetic for all phases of calculations" (cuBLAS, cublasMath_t), so that no version takes other arithmetic of the same precision because it is faster. TF32 is
/// not what it is for: products of float32 use that only where a program asks for it.
/// </summary>
internal sealed unsafe class CublasHandle : IDisposable
{
    private const int PedanticMath = 2;
    private const int Tf32Math = 3;
    private const int AllocationFailed = 3;

    // Operands of the product that is tried, and the workspace behind them.
    private const int TrialSize = 32;

    private CublasHandle(CublasLibrary library, nint handle)
    {
        Library = library;
        Handle = handle;
    }

    public CublasLibrary Library { get; }

    public nint Handle { get; }

    /// <summary>As cuBLAS counts: 120400 is 12.4.0.</summary>
    public int Version
    {
        get
        {
            int version = 0;
            CublasLibrary.Check(Library.GetVersion(Handle, &version), "cublasGetVersion");
            return version;
        }
    }

    /// <summary>
    /// The newest that works. One that is too new for the driver fails when its handle is made, one without code for the GPU at the first product, so a product is tried; the next older one follows.
    /// </summary>
    /// <param name="context">The device's, current.</param>
    /// <param name="stream">The device's.</param>
    /// <param name="workspace">Memory of the device, zeroed; shared with kernels, which the same stream keeps apart.</param>
    /// <param name="bytes">Of it.</param>
    /// <param name="tf32">Whether products may round their operands to TF32.</param>
    /// <returns>Null if none is installed, or none works.</returns>
    /// <exception cref="DiagnosticException">GP6012: the GPU has no memory left for it.</exception>
    public static CublasHandle? Open(CudaContext context, nint stream, nint workspace, long bytes, bool tf32)
    {
        foreach (var library in CublasLibrary.Installed(context.Driver))
        {
            nint handle = 0;
            int status = library.Create(&handle);

            // To go on without it would change bits from one run to the next.
            if (status == AllocationFailed)
                throw CudaException.Full(context.Name, "cublasCreate");
            if (status != 0)
                continue;
            var made = new CublasHandle(library, handle);
            if (made.Works(context.Driver, stream, workspace, bytes, tf32 ? Tf32Math : PedanticMath))
                return made;
            made.Dispose();
        }

        return null;
    }

    public void Dispose() => _ = Library.Destroy(Handle);

    private bool Works(CudaDriver driver, nint stream, nint workspace, long bytes, int mathMode)
    {
        const int trialBytes = TrialSize * TrialSize * sizeof(float);
        float one = 1, zero = 0;
        return Library.SetStream(Handle, stream) == 0
            && Library.SetMathMode(Handle, mathMode) == 0
            && Library.SetWorkspace(Handle, workspace + 3 * trialBytes, (nuint)(bytes - 3 * trialBytes)) == 0
            && Library.Multiply(
                Handle, 0, 0, TrialSize, TrialSize, TrialSize, &one, workspace, TrialSize, workspace + trialBytes, TrialSize, &zero, workspace + 2 * trialBytes, TrialSize) == 0
            && driver.StreamSynchronize(stream) == 0
            && Library.SetWorkspace(Handle, workspace, (nuint)bytes) == 0;
    }
}
