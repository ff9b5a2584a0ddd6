using System.Runtime.InteropServices;

namespace GraphPipe.Runtime.Cuda.Driver;

/// <summary>The driver's entry points for graphs. Drivers for CUDA 11.4 and newer have them all.</summary>
internal sealed unsafe class GraphCalls
{
    /// <summary>
    /// CU_STREAM_CAPTURE_MODE_THREAD_LOCAL: other threads, of other devices, may do as they like. What this thread must not do while it captures (wait, allocate) is an error and not left out in silence, which
    /// the relaxed mode would do.
    /// </summary>
    public const int ThreadLocal = 1;

    private GraphCalls(nint library)
    {
        BeginCapture = (delegate* unmanaged<nint, int, int>)NativeLibrary.GetExport(library, "cuStreamBeginCapture_v2");
        EndCapture = (delegate* unmanaged<nint, nint*, int>)NativeLibrary.GetExport(library, "cuStreamEndCapture");
        Instantiate = (delegate* unmanaged<nint*, nint, ulong, int>)NativeLibrary.GetExport(library, "cuGraphInstantiateWithFlags");
        Launch = (delegate* unmanaged<nint, nint, int>)NativeLibrary.GetExport(library, "cuGraphLaunch");
        Destroy = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cuGraphDestroy");
        DestroyExecutable = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cuGraphExecDestroy");
    }

    public delegate* unmanaged<nint, int, int> BeginCapture { get; }

    public delegate* unmanaged<nint, nint*, int> EndCapture { get; }

    public delegate* unmanaged<nint*, nint, ulong, int> Instantiate { get; }

    public delegate* unmanaged<nint, nint, int> Launch { get; }

    public delegate* unmanaged<nint, int> Destroy { get; }

    public delegate* unmanaged<nint, int> DestroyExecutable { get; }

    /// <returns>Null where the driver is too old to have them.</returns>
    public static GraphCalls? Find(nint library)
    {
        try
        {
            return new GraphCalls(library);
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }
}
