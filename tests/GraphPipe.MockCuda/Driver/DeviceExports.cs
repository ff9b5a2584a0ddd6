using System.Runtime.InteropServices;
using System.Text;

namespace GraphPipe.MockCuda.Driver;

/// <summary>CUDA Driver API: initialisation, version, errors, devices.</summary>
internal static unsafe class DeviceExports
{
    /// <summary>Names of results, kept for the process: callers hold the pointers.</summary>
    private static readonly Dictionary<CudaResult, nint> Names =
        Enum.GetValues<CudaResult>().ToDictionary(r => r, r => Marshal.StringToCoTaskMemUTF8(r.ToString()));

    [UnmanagedCallersOnly(EntryPoint = "cuInit")]
    public static CudaResult Init(uint flags) => Entry.Init();

    [UnmanagedCallersOnly(EntryPoint = "cuDriverGetVersion")]
    public static CudaResult DriverGetVersion(int* version)
    {
        // The one call that works before cuInit.
        Entry.Init();
        return Entry.Run(d => { *version = d.Configuration.DriverVersion; });
    }

    [UnmanagedCallersOnly(EntryPoint = "cuGetErrorName")]
    public static CudaResult GetErrorName(CudaResult error, byte** text) => Name(error, text);

    [UnmanagedCallersOnly(EntryPoint = "cuGetErrorString")]
    public static CudaResult GetErrorString(CudaResult error, byte** text) => Name(error, text);

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetCount")]
    public static CudaResult DeviceGetCount(int* count) => Entry.Run(d => { *count = d.Configuration.Devices; });

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGet")]
    public static CudaResult DeviceGet(int* device, int ordinal) => Entry.Run(d => { *device = d.CheckDevice(ordinal); });

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetName")]
    public static CudaResult DeviceGetName(byte* name, int length, int device) => Entry.Run(d =>
        Entry.Write(Encoding.ASCII.GetString(Device.Name(d.CheckDevice(device))).TrimEnd('\0'), name, length));

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceTotalMem_v2")]
    public static CudaResult DeviceTotalMem(nuint* bytes, int device) => Entry.Run(d =>
    {
        d.CheckDevice(device);
        *bytes = (nuint)d.Configuration.MemoryBytes;
    });

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetAttribute")]
    public static CudaResult DeviceGetAttribute(int* value, int attribute, int device) => Entry.Run(d =>
        { *value = Device.Attribute(d.Configuration, attribute, d.CheckDevice(device)); });

    [UnmanagedCallersOnly(EntryPoint = "cuDeviceCanAccessPeer")]
    public static CudaResult DeviceCanAccessPeer(int* can, int device, int peer) => Entry.Run(d =>
        { *can = d.CheckDevice(device) != d.CheckDevice(peer) && d.Configuration.PeerAccess ? 1 : 0; });

    /// <summary>Attributes: 1 performance rank, 2 access, 3 native atomics, 4 arrays.</summary>
    [UnmanagedCallersOnly(EntryPoint = "cuDeviceGetP2PAttribute")]
    public static CudaResult DeviceGetP2PAttribute(int* value, int attribute, int device, int peer) => Entry.Run(d =>
    {
        bool peers = d.CheckDevice(device) != d.CheckDevice(peer) && d.Configuration.PeerAccess;
        *value = attribute is 2 or 3 && peers ? 1 : 0;
    });

    private static CudaResult Name(CudaResult error, byte** text)
    {
        if (!Names.TryGetValue(error, out nint name))
            return CudaResult.CUDA_ERROR_INVALID_VALUE;
        *text = (byte*)name;
        return CudaResult.CUDA_SUCCESS;
    }
}
