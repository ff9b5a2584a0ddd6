using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>Page-locked memory of the host that a device copies to and from, zeroed; given back all at once.</summary>
internal sealed unsafe class PinnedMemory(CudaDriver driver) : IDisposable
{
    // Cells for a few bytes are cut from pages; each has a line of its own.
    private const int PageBytes = 4096;
    private const int CellBytes = 64;

    private readonly List<nint> _blocks = [];
    private byte* _page;
    private int _used = PageBytes;

    /// <summary>A block of its own.</summary>
    public nint Allocate(long bytes)
    {
        void* memory = null;
        driver.CheckLoading(driver.HostAllocate(&memory, (nuint)bytes, 0), "cuMemHostAlloc", "the host");
        _blocks.Add((nint)memory);
        System.Runtime.InteropServices.NativeMemory.Clear(memory, (nuint)bytes);
        return (nint)memory;
    }

    /// <summary>Room for at most 64 bytes.</summary>
    public byte* Cell(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, CellBytes);
        if (_used + CellBytes > PageBytes)
        {
            _page = (byte*)Allocate(PageBytes);
            _used = 0;
        }

        byte* cell = _page + _used;
        _used += CellBytes;
        return cell;
    }

    public void Dispose()
    {
        foreach (nint block in _blocks)
            _ = driver.HostFree((void*)block);
        _blocks.Clear();
    }
}
