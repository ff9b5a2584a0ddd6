using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace GraphPipe.Runtime.Cuda.Driver;

/// <summary>cuBLAS as a table of entry points, where it is installed. Not a part of the driver: it comes with the CUDA toolkit.</summary>
internal sealed unsafe class CublasLibrary
{
    // Newest first; the functions below are the same in all of them.
    private static readonly ImmutableArray<string> Names = OperatingSystem.IsWindows()
        ? ["cublas64_13.dll", "cublas64_12.dll", "cublas64_11.dll"]
        : ["libcublas.so.13", "libcublas.so.12", "libcublas.so.11"];

    /// <exception cref="EntryPointNotFoundException">It lacks a function that we need.</exception>
    private CublasLibrary(nint library, string name)
    {
        Name = name;
        GetVersion = (delegate* unmanaged<nint, int*, int>)NativeLibrary.GetExport(library, "cublasGetVersion_v2");
        Create = (delegate* unmanaged<nint*, int>)NativeLibrary.GetExport(library, "cublasCreate_v2");
        Destroy = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cublasDestroy_v2");
        SetStream = (delegate* unmanaged<nint, nint, int>)NativeLibrary.GetExport(library, "cublasSetStream_v2");
        SetWorkspace = (delegate* unmanaged<nint, nint, nuint, int>)NativeLibrary.GetExport(library, "cublasSetWorkspace_v2");
        SetMathMode = (delegate* unmanaged<nint, int, int>)NativeLibrary.GetExport(library, "cublasSetMathMode");
        Multiply = (delegate* unmanaged<nint, int, int, int, int, int, float*, nint, int, nint, int, float*, nint, int, int>)NativeLibrary.GetExport(library, "cublasSgemm_v2");
        MultiplyBatch = (delegate* unmanaged<nint, int, int, int, int, int, float*, nint, int, long, nint, int, long, float*, nint, int, long, int, int>)NativeLibrary.GetExport(
            library, "cublasSgemmStridedBatched");
    }

    /// <summary>As it was asked for.</summary>
    public string Name { get; }

    public delegate* unmanaged<nint*, int> Create { get; }

    public delegate* unmanaged<nint, int*, int> GetVersion { get; }

    public delegate* unmanaged<nint, int> Destroy { get; }

    public delegate* unmanaged<nint, nint, int> SetStream { get; }

    public delegate* unmanaged<nint, nint, nuint, int> SetWorkspace { get; }

    public delegate* unmanaged<nint, int, int> SetMathMode { get; }

    public delegate* unmanaged<nint, int, int, int, int, int, float*, nint, int, nint, int, float*, nint, int, int> Multiply { get; }

    public delegate* unmanaged<nint, int, int, int, int, int, float*, nint, int, long, nint, int, long, float*, nint, int, long, int, int> MultiplyBatch { get; }

    /// <summary>Those that are installed and have all functions, the newest first. Whether one works with the driver and the GPU shows only when it is tried.</summary>
    /// <param name="driver">A stand-in for the driver may bring its own, which is then the only one.</param>
    public static IEnumerable<CublasLibrary> Installed(CudaDriver driver)
    {
        if (NativeLibrary.TryGetExport(driver.Library, "cublasCreate_v2", out _))
        {
            if (Read(driver.Library, driver.Path) is { } own)
                yield return own;
            yield break;
        }

        foreach (string name in Names)
        {
            if (NativeLibrary.TryLoad(name, out nint library) && Read(library, name) is { } found)
                yield return found;
        }
    }

    /// <exception cref="CudaException">The call did not succeed.</exception>
    public static void Check(int status, string call)
    {
        if (status != 0)
            throw new CudaException(status, $"{call}: cublasStatus_t {status}");
    }

    private static CublasLibrary? Read(nint library, string name)
    {
        try
        {
            return new CublasLibrary(library, name);
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }
}
