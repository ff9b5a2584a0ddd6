using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda.Driver;

/// <summary>
/// The CUDA driver as a table of entry points of a library that is loaded by name or path, so that two drivers can be open in one process and no
/// process-wide resolver is needed. Only what this runtime calls; names and versions (<c>_v2</c>) are those of cuda.h since CUDA 11.
/// </summary>
internal sealed unsafe class CudaDriver
{
    /// <summary>CUDA 11.0: the first whose PTX (7.0) our kernels are written in.</summary>
    public const int OldestVersion = 11000;

    private const int StubLibrary = 34, NoDevice = 100, SystemNotReady = 802, DriverMismatch = 803, CompatibilityMissing = 804;

    private static readonly ImmutableArray<string> Names = OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1", "libcuda.so"];

    private readonly delegate* unmanaged<int, byte**, int> _getErrorName;
    private readonly delegate* unmanaged<int, byte**, int> _getErrorString;

    private CudaDriver(nint library, string path)
    {
        Path = path;
        Library = library;
        _getErrorName = (delegate* unmanaged<int, byte**, int>)NativeLibrary.GetExport(library, "cuGetErrorName");
        _getErrorString = (delegate* unmanaged<int, byte**, int>)NativeLibrary.GetExport(library, "cuGetErrorString");
        Init = (delegate* unmanaged<uint, int>)NativeLibrary.GetExport(library, "cuInit");
        DriverGetVersion = (delegate* unmanaged<int*, int>)NativeLibrary.GetExport(library, "cuDriverGetVersion");
        DeviceGetCount = (delegate* unmanaged<int*, int>)NativeLibrary.GetExport(library, "cuDeviceGetCount");
        DeviceGet = (delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(library, "cuDeviceGet");
        DeviceGetName = (delegate* unmanaged<byte*, int, int, int>)NativeLibrary.GetExport(library, "cuDeviceGetName");
        DeviceTotalMemory = (delegate* unmanaged<nuint*, int, int>)NativeLibrary.GetExport(library, "cuDeviceTotalMem_v2");
        DeviceGetAttribute = (delegate* unmanaged<int*, int, int, int>)NativeLibrary.GetExport(library, "cuDeviceGetAttribute");
        DeviceCanAccessPeer = (delegate* unmanaged<int*, int, int, int>)NativeLibrary.GetExport(library, "cuDeviceCanAccessPeer");
        PrimaryContextRetain = (delegate* unmanaged<nint*, int, int>)NativeLibrary.GetExport(library, "cuDevicePrimaryCtxRetain");
        PrimaryContextRelease = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(library, "cuDevicePrimaryCtxRelease_v2");
        ContextSetCurrent = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cuCtxSetCurrent");
        ContextPush = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cuCtxPushCurrent_v2");
        ContextPop = (delegate* unmanaged<nint*, int>)NativeLibrary.GetExport(library, "cuCtxPopCurrent_v2");
        ContextEnablePeerAccess = (delegate* unmanaged<nint, uint, int>)NativeLibrary.GetExport(library, "cuCtxEnablePeerAccess");
        ModuleLoad = (delegate* unmanaged<nint*, byte*, uint, int*, void**, int>)NativeLibrary.GetExport(library, "cuModuleLoadDataEx");
        ModuleUnload = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cuModuleUnload");
        ModuleGetFunction = (delegate* unmanaged<nint*, nint, byte*, int>)NativeLibrary.GetExport(library, "cuModuleGetFunction");
        LaunchKernel = (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)NativeLibrary.GetExport(library, "cuLaunchKernel");
        StreamCreate = (delegate* unmanaged<nint*, uint, int>)NativeLibrary.GetExport(library, "cuStreamCreate");
        StreamDestroy = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cuStreamDestroy_v2");
        StreamSynchronize = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cuStreamSynchronize");
        StreamWaitEvent = (delegate* unmanaged<nint, nint, uint, int>)NativeLibrary.GetExport(library, "cuStreamWaitEvent");
        EventCreate = (delegate* unmanaged<nint*, uint, int>)NativeLibrary.GetExport(library, "cuEventCreate");
        EventDestroy = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cuEventDestroy_v2");
        EventRecord = (delegate* unmanaged<nint, nint, int>)NativeLibrary.GetExport(library, "cuEventRecord");
        EventElapsedTime = (delegate* unmanaged<float*, nint, nint, int>)NativeLibrary.GetExport(library, "cuEventElapsedTime");
        EventSynchronize = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cuEventSynchronize");
        MemoryAllocate = (delegate* unmanaged<nint*, nuint, int>)NativeLibrary.GetExport(library, "cuMemAlloc_v2");
        MemoryFree = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cuMemFree_v2");
        HostAllocate = (delegate* unmanaged<void**, nuint, uint, int>)NativeLibrary.GetExport(library, "cuMemHostAlloc");
        HostFree = (delegate* unmanaged<void*, int>)NativeLibrary.GetExport(library, "cuMemFreeHost");
        CopyToDevice = (delegate* unmanaged<nint, void*, nuint, nint, int>)NativeLibrary.GetExport(library, "cuMemcpyHtoDAsync_v2");
        CopyToHost = (delegate* unmanaged<void*, nint, nuint, nint, int>)NativeLibrary.GetExport(library, "cuMemcpyDtoHAsync_v2");
        CopyOnDevice = (delegate* unmanaged<nint, nint, nuint, nint, int>)NativeLibrary.GetExport(library, "cuMemcpyDtoDAsync_v2");
        CopyBetween = (delegate* unmanaged<nint, nint, nint, nint, nuint, nint, int>)NativeLibrary.GetExport(library, "cuMemcpyPeerAsync");
        CopyPlane = (delegate* unmanaged<Plane*, nint, int>)NativeLibrary.GetExport(library, "cuMemcpy2DAsync_v2");
        CopyPlaneBetween = (delegate* unmanaged<PeerPlane*, nint, int>)NativeLibrary.GetExport(library, "cuMemcpy3DPeerAsync");
        Fill = (delegate* unmanaged<nint, byte, nuint, nint, int>)NativeLibrary.GetExport(library, "cuMemsetD8Async");
        Graphs = GraphCalls.Find(library);
    }

    /// <summary>Where it was loaded from, as it was asked for.</summary>
    public string Path { get; }

    /// <summary>The loaded library.</summary>
    public nint Library { get; }

    /// <summary>1000·major + 10·minor.</summary>
    public int Version { get; private set; }

    /// <summary>GPUs that the driver shows.</summary>
    public int DeviceCount { get; private set; }

    public delegate* unmanaged<uint, int> Init { get; }

    public delegate* unmanaged<int*, int> DriverGetVersion { get; }

    public delegate* unmanaged<int*, int> DeviceGetCount { get; }

    public delegate* unmanaged<int*, int, int> DeviceGet { get; }

    public delegate* unmanaged<byte*, int, int, int> DeviceGetName { get; }

    public delegate* unmanaged<nuint*, int, int> DeviceTotalMemory { get; }

    public delegate* unmanaged<int*, int, int, int> DeviceGetAttribute { get; }

    public delegate* unmanaged<int*, int, int, int> DeviceCanAccessPeer { get; }

    public delegate* unmanaged<nint*, int, int> PrimaryContextRetain { get; }

    public delegate* unmanaged<int, int> PrimaryContextRelease { get; }

    public delegate* unmanaged<nint, int> ContextSetCurrent { get; }

    public delegate* unmanaged<nint, int> ContextPush { get; }

    public delegate* unmanaged<nint*, int> ContextPop { get; }

    public delegate* unmanaged<nint, uint, int> ContextEnablePeerAccess { get; }

    public delegate* unmanaged<nint*, byte*, uint, int*, void**, int> ModuleLoad { get; }

    public delegate* unmanaged<nint, int> ModuleUnload { get; }

    public delegate* unmanaged<nint*, nint, byte*, int> ModuleGetFunction { get; }

    public delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int> LaunchKernel { get; }

    public delegate* unmanaged<nint*, uint, int> StreamCreate { get; }

    public delegate* unmanaged<nint, int> StreamDestroy { get; }

    public delegate* unmanaged<nint, int> StreamSynchronize { get; }

    public delegate* unmanaged<nint, nint, uint, int> StreamWaitEvent { get; }

    public delegate* unmanaged<nint*, uint, int> EventCreate { get; }

    public delegate* unmanaged<nint, int> EventDestroy { get; }

    public delegate* unmanaged<nint, nint, int> EventRecord { get; }

    public delegate* unmanaged<float*, nint, nint, int> EventElapsedTime { get; }

    public delegate* unmanaged<nint, int> EventSynchronize { get; }

    public delegate* unmanaged<nint*, nuint, int> MemoryAllocate { get; }

    public delegate* unmanaged<nint, int> MemoryFree { get; }

    public delegate* unmanaged<void**, nuint, uint, int> HostAllocate { get; }

    public delegate* unmanaged<void*, int> HostFree { get; }

    public delegate* unmanaged<nint, void*, nuint, nint, int> CopyToDevice { get; }

    public delegate* unmanaged<void*, nint, nuint, nint, int> CopyToHost { get; }

    public delegate* unmanaged<nint, nint, nuint, nint, int> CopyOnDevice { get; }

    /// <summary>Where neither device can reach the other, the driver goes through host memory of its own (CUDA driver API, cuMemcpyPeerAsync).</summary>
    public delegate* unmanaged<nint, nint, nint, nint, nuint, nint, int> CopyBetween { get; }

    public delegate* unmanaged<Plane*, nint, int> CopyPlane { get; }

    public delegate* unmanaged<PeerPlane*, nint, int> CopyPlaneBetween { get; }

    public delegate* unmanaged<nint, byte, nuint, nint, int> Fill { get; }

    /// <summary>Null where the driver is too old to have them.</summary>
    public GraphCalls? Graphs { get; }

    /// <summary>Loads and initialises a driver.</summary>
    /// <param name="path">A library; null for the system's.</param>
    /// <exception cref="DiagnosticException">GP6008: there is none, or it shows no GPU; GP6011: it is too old, or no CUDA driver.</exception>
    public static CudaDriver Open(string? path)
    {
        string name = path ?? Names[0];
        nint library = 0;
        if (path is not null ? !NativeLibrary.TryLoad(path, out library) : !Names.Any(n => NativeLibrary.TryLoad(n, out library)))
        {
            throw new DiagnosticException(path is null
                ? Diagnostic.Error(
                    Codes.DevicesMissing,
                    $"there is no CUDA driver on this machine ({name} can't be loaded)",
                    advice: "install NVIDIA's driver, or name its library with --cuda-driver; --devices cpu:4 runs here (a bundle is compiled again for it); --devices 4xh100 plans for modelled GPUs")
                : Diagnostic.Error(
                    Codes.DevicesMissing,
                    path.Contains('/', StringComparison.Ordinal) && !File.Exists(path) ? $"there is no file '{path}'" : $"'{path}' is no library that this machine can load",
                    advice: "name a driver's library with --cuda-driver, or leave it out for the system's"));
        }

        CudaDriver driver;
        try
        {
            driver = new CudaDriver(library, name);
        }
        catch (EntryPointNotFoundException e)
        {
            throw Unusable(name, $"it lacks the entry point {(e.Message.Split('\'') is [_, var missing, ..] ? missing : e.Message)}");
        }

        int result = driver.Init(0), version = 0, count = 0;
        if (result == 0)
        {
            driver.Check(driver.DriverGetVersion(&version), "cuDriverGetVersion");
            driver.Check(driver.DeviceGetCount(&count), "cuDeviceGetCount");
        }

        if (result == NoDevice || (result == 0 && count == 0))
            throw new DiagnosticException(Diagnostic.Error(Codes.DevicesMissing, $"the CUDA driver '{name}' shows no GPU", advice: StartAdvice(NoDevice)));
        if (result != 0)
            throw new DiagnosticException(Diagnostic.Error(Codes.DevicesMissing, $"the CUDA driver '{name}' does not start: {driver.Text(result)}", advice: StartAdvice(result)));
        driver.Version = version;
        driver.DeviceCount = count;
        return version >= OldestVersion ? driver : throw Unusable(name, $"it is for CUDA {TextOf(version)}, at least {TextOf(OldestVersion)} is needed");
    }

    /// <summary>A version as people write it, e.g. 12.4.</summary>
    public static string TextOf(int version) => $"{version / 1000}.{version % 1000 / 10}";

    /// <summary>The product.</summary>
    public string NameOf(int device)
    {
        byte* text = stackalloc byte[128];
        Check(DeviceGetName(text, 128, device), "cuDeviceGetName");
        return Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));
    }

    /// <param name="attribute">A <c>CUdevice_attribute</c>.</param>
    public int AttributeOf(int device, int attribute)
    {
        int value = 0;
        Check(DeviceGetAttribute(&value, attribute, device), "cuDeviceGetAttribute");
        return value;
    }

    /// <exception cref="CudaException">The call did not succeed.</exception>
    public void Check(int result, string call)
    {
        if (result != 0)
            throw new CudaException(result, $"{call}: {Text(result)}");
    }

    /// <summary>As <see cref="Check"/>, for what is asked while a pipeline is loaded, where a machine may have too little to give.</summary>
    /// <param name="who">Who has too little: the GPU, or the host.</param>
    /// <exception cref="DiagnosticException">GP6012: memory is full; GP6008: the GPU belongs to another process.</exception>
    public void CheckLoading(int result, string call, string who)
    {
        switch (result)
        {
            case CudaException.OutOfMemory:
                throw CudaException.Full(who, call);
            case CudaException.DeviceUnavailable:
                throw new DiagnosticException(Diagnostic.Error(
                    Codes.DevicesMissing, $"{who} is in use by another process ({call}: {Text(result)})", advice: "wait for it, use another GPU, or set its compute mode to default (nvidia-smi -c 0)"));
            default:
                Check(result, call);
                break;
        }
    }

    // CUDA Driver API, "CUresult".
    private static string StartAdvice(int result) => result switch
    {
        StubLibrary => "this is the toolkit's stand-in for linking: name the driver's own library, libcuda.so.1",
        NoDevice => "look at nvidia-smi, CUDA_VISIBLE_DEVICES and, in a container, whether GPUs are passed in; --devices cpu:4 runs here",
        SystemNotReady => "start NVIDIA's fabric manager, without which GPUs that are linked by switches do not start",
        DriverMismatch or CompatibilityMissing => "the driver's library and its kernel module are of unlike versions: restart the machine, or install them again",
        _ => "look at nvidia-smi",
    };

    private static DiagnosticException Unusable(string name, string why) =>
        new(Diagnostic.Error(Codes.CudaDriverUnusable, $"the CUDA driver '{name}' can't be used: {why}", advice: "install a newer driver of NVIDIA's, or name its library, libcuda.so.1, with --cuda-driver"));

    private string Text(int result)
    {
        byte* name = null, sentence = null;
        if (_getErrorName(result, &name) != 0 || _getErrorString(result, &sentence) != 0 || name == null || sentence == null)
            return $"error {result}";

        // A driver may have no sentence beside the name.
        var (error, what) = (Marshal.PtrToStringUTF8((nint)name), Marshal.PtrToStringUTF8((nint)sentence));
        return what == error ? $"{error}" : $"{error} ({what})";
    }
}
