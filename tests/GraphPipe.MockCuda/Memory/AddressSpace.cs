using GraphPipe.MockCuda.Reports;

namespace GraphPipe.MockCuda.Memory;

/// <summary>The unified address space (CUDA Driver API, "Unified Addressing"): device d's memory lies at 0x40dd000000000000 and up, which
/// is no address that the host can read; pinned host memory lies where the host has it. Device addresses are never used twice, so a
/// pointer kept too long is always noticed.</summary>
internal sealed class AddressSpace
{
    /// <summary>Windows of the generic address space for shared and local memory (PTX ISA 5.1: generic addressing).</summary>
    public const ulong SharedWindow = 0x3000_0000_0000_0000;

    public const ulong LocalWindow = 0x3100_0000_0000_0000;

    public const ulong WindowBytes = 1 << 24;

    private const ulong DeviceBase = 0x4000_0000_0000_0000;

    /// <summary>Bytes between allocations that belong to none, so that running past an end does not land in the neighbour.</summary>
    private const ulong Gap = 4096;

    private const ulong Alignment = 256;

    private readonly List<Allocation>[] _byDevice;
    private readonly ulong[] _next;
    private readonly long[] _used;
    private readonly SortedList<ulong, Allocation> _host = [];

    public AddressSpace(int devices)
    {
        _byDevice = new List<Allocation>[devices];
        _next = new ulong[devices];
        _used = new long[devices];
        for (int d = 0; d < devices; d++)
        {
            _byDevice[d] = [];
            _next[d] = DeviceBase + ((ulong)d << 48) + Gap;
        }
    }

    public static bool IsDeviceAddress(ulong address) => address >= DeviceBase;

    public static int DeviceOf(ulong address) => (int)((address - DeviceBase) >> 48);

    /// <summary>Bytes allocated on a device.</summary>
    public long Used(int device) => _used[device];

    public Allocation Allocate(int device, long bytes, string origin)
    {
        ulong start = _next[device];
        _next[device] = (start + (ulong)bytes + Gap + Alignment - 1) & ~(Alignment - 1);
        var result = Allocation.OnDevice(start, bytes, device, origin);
        _byDevice[device].Add(result);
        _used[device] += bytes;
        return result;
    }

    public unsafe Allocation AddHost(byte* data, long bytes, bool owns, string origin)
    {
        var result = Allocation.OnHost(data, bytes, owns, origin);
        _host[(ulong)data] = result;
        return result;
    }

    public void Free(Allocation allocation)
    {
        if (allocation.Device == Allocation.Host)
            _host.Remove(allocation.Start);
        else
            _used[allocation.Device] -= allocation.Bytes;
        allocation.Dispose();
    }

    /// <summary>The allocation that starts at or below the address and might hold it; null where there is none.</summary>
    public Allocation? Nearest(ulong address)
    {
        if (!IsDeviceAddress(address))
            return NearestHost(address);
        int device = DeviceOf(address);
        if (device >= _byDevice.Length)
            return null;
        var list = _byDevice[device];
        int low = 0, high = list.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (list[middle].Start <= address)
                low = middle + 1;
            else
                high = middle;
        }
        return low == 0 ? null : list[low - 1];
    }

    /// <summary>The live allocation that starts at the address.</summary>
    public Allocation? StartingAt(ulong address) => Nearest(address) is { Freed: false } a && a.Start == address ? a : null;

    /// <summary>The live allocation that holds the whole range; null where none does.</summary>
    public Allocation? Holding(ulong address, long size) => Nearest(address) is { Freed: false } a && a.Holds(address, size) ? a : null;

    /// <summary>Why no allocation holds the range.</summary>
    public (ReportKind Kind, string Message) Explain(ulong address, long size)
    {
        var near = Nearest(address);
        if (near is null)
            return (ReportKind.OutOfBounds, $"{size} bytes at 0x{address:x}, where nothing was ever allocated");
        long offset = (long)(address - near.Start);
        return near.Freed && offset < near.Bytes
            ? (ReportKind.UseAfterFree, $"{size} bytes at offset {offset} of freed memory ({near.Origin})")
            : (ReportKind.OutOfBounds, $"{size} bytes at offset {offset} of {near.Bytes} bytes ({near.Origin})");
    }

    public void DisposeAll()
    {
        foreach (var allocation in _byDevice.SelectMany(l => l).Concat(_host.Values))
            allocation.Dispose();
    }

    private Allocation? NearestHost(ulong address)
    {
        var keys = _host.Keys;
        int low = 0, high = keys.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (keys[middle] <= address)
                low = middle + 1;
            else
                high = middle;
        }
        return low == 0 ? null : _host.Values[low - 1];
    }
}
