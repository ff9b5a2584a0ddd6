using System.Runtime.InteropServices;
using GraphPipe.MockCuda.Memory;

namespace GraphPipe.MockCuda.Driver;

/// <summary>CUDA Driver API: copies of rows, between linear memories; CUDA arrays are not modelled.</summary>
internal static unsafe class PlaneExports
{
    [UnmanagedCallersOnly(EntryPoint = "cuMemcpy2DAsync_v2")]
    public static CudaResult Memcpy2DAsync(Memcpy2D* copy, nint stream) => Entry.Run(d =>
    {
        var (to, from, rows, bytes) = (copy->To, copy->From, (long)copy->Height, (long)copy->WidthInBytes);
        bool withinDevice = AddressSpace.IsDeviceAddress(to.Address) && AddressSpace.IsDeviceAddress(from.Address)
            && AddressSpace.DeviceOf(to.Address) == AddressSpace.DeviceOf(from.Address);
        if (withinDevice && (to.Pitch % (nuint)d.Configuration.Pitch != 0 || from.Pitch % (nuint)d.Configuration.Pitch != 0))
            throw new CudaException(CudaResult.CUDA_ERROR_INVALID_VALUE);
        RowTransfer.Put(
            d, $"cuMemcpy2DAsync of {rows} rows of {bytes} bytes", End(to.Address, to.Type, to.Pitch, to.X, to.Y, bytes),
            End(from.Address, from.Type, from.Pitch, from.X, from.Y, bytes), rows, bytes, d.Stream(stream));
    });

    /// <summary>Copies with a depth of more than 1 are not modelled.</summary>
    [UnmanagedCallersOnly(EntryPoint = "cuMemcpy3DPeerAsync")]
    public static CudaResult Memcpy3DPeerAsync(Memcpy3DPeer* copy, nint stream) => Entry.Run(d =>
    {
        var (to, from, rows, bytes) = (copy->To, copy->From, (long)copy->Height, (long)copy->WidthInBytes);
        if (copy->Depth != 1 || to.Level != 0 || from.Level != 0 || to.Z != 0 || from.Z != 0)
            throw new CudaException(CudaResult.CUDA_ERROR_INVALID_VALUE);
        CopyExports.CheckOwner(d, to.Address, to.Context);
        CopyExports.CheckOwner(d, from.Address, from.Context);
        RowTransfer.Put(
            d, $"cuMemcpy3DPeerAsync of {rows} rows of {bytes} bytes", End(to.Address, to.Type, to.Pitch, to.X, to.Y, bytes),
            End(from.Address, from.Type, from.Pitch, from.X, from.Y, bytes), rows, bytes, d.Stream(stream));
    });

    /// <exception cref="CudaException">A pitch that is less than a row or more than CU_DEVICE_ATTRIBUTE_MAX_PITCH, or a memory type that does not
    /// fit the address.</exception>
    private static RowEnd End(ulong address, MemoryType type, nuint pitch, nuint x, nuint y, long bytes)
    {
        bool fits = pitch <= Device.MaxPitch && (long)x + bytes <= (long)pitch
            && type switch
            {
                MemoryType.Host => !AddressSpace.IsDeviceAddress(address),
                MemoryType.Device => AddressSpace.IsDeviceAddress(address),
                MemoryType.Unified => true,
                _ => false,
            };
        return fits ? new RowEnd(address + (ulong)y * pitch + x, (long)pitch) : throw new CudaException(CudaResult.CUDA_ERROR_INVALID_VALUE);
    }
}

/// <summary>CUmemorytype.</summary>
internal enum MemoryType : uint
{
    Host = 1,
    Device = 2,
    Array = 3,
    Unified = 4,
}

/// <summary>CUDA_MEMCPY2D_v2.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Memcpy2D
{
    public MemcpyEnd From, To;
    public nuint WidthInBytes, Height;
}

/// <summary>The source or destination of CUDA_MEMCPY2D_v2.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MemcpyEnd
{
    public nuint X, Y;
    public MemoryType Type;
    public ulong Host, DevicePointer, Array;
    public nuint Pitch;

    public readonly ulong Address => Type == MemoryType.Host ? Host : DevicePointer;
}

/// <summary>CUDA_MEMCPY3D_PEER.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Memcpy3DPeer
{
    public MemcpyPeerEnd From, To;
    public nuint WidthInBytes, Height, Depth;
}

/// <summary>The source or destination of CUDA_MEMCPY3D_PEER.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MemcpyPeerEnd
{
    public nuint X, Y, Z, Level;
    public MemoryType Type;
    public ulong Host, DevicePointer, Array;
    public nint Context;
    public nuint Pitch, Height;

    public readonly ulong Address => Type == MemoryType.Host ? Host : DevicePointer;
}
