using System.Runtime.InteropServices;

namespace GraphPipe.Runtime.Cuda.Driver;

/// <summary><c>CUmemorytype</c>.</summary>
internal enum PlaneMemory
{
    Host = 1,
    Device = 2,
}

/// <summary>An end of a <see cref="Plane"/>; the members that we leave 0 are an offset in bytes and rows, and a CUDA array.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PlaneEnd
{
    private readonly nint _x, _y;
    private nint _memory;
    private nint _host;
    private nint _device;
    private readonly nint _array;
    private nint _pitch;

    public static PlaneEnd Of(RowsAt rows) => rows.Owner is null
        ? new() { _memory = (nint)PlaneMemory.Host, _host = rows.Address, _pitch = (nint)rows.Stride }
        : new() { _memory = (nint)PlaneMemory.Device, _device = rows.Address, _pitch = (nint)rows.Stride };
}

/// <summary><c>CUDA_MEMCPY2D</c>, what cuMemcpy2DAsync_v2 copies.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Plane
{
    public PlaneEnd Source, Target;
    public nuint RowBytes, Rows;
}

/// <summary>An end of a <see cref="PeerPlane"/>, on a GPU.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PeerPlaneEnd
{
    private readonly nint _x, _y, _z, _level;
    private nint _memory;
    private readonly nint _host;
    private nint _device;
    private readonly nint _array;
    private nint _context;
    private nint _pitch;
    private readonly nint _height;

    public static PeerPlaneEnd Of(RowsAt rows) =>
        new() { _memory = (nint)PlaneMemory.Device, _device = rows.Address, _context = rows.Owner!.Handle, _pitch = (nint)rows.Stride };
}

/// <summary><c>CUDA_MEMCPY3D_PEER</c>, what cuMemcpy3DPeerAsync copies between two contexts.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PeerPlane
{
    public PeerPlaneEnd Source, Target;
    public nuint RowBytes, Rows, Depth;
}
