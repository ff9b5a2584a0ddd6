using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>
/// Page-locked host memory on the way to and from a device, taken once. Two halves: while the device reads one, the host fills the other, so a
/// caller's memory is free again as soon as its call returns.
/// </summary>
internal sealed unsafe class HostStaging : IDisposable
{
    /// <summary>Bytes of a half: enough to reach the bus's speed, and small beside any model.</summary>
    public const int HalfBytes = 1 << 20;

    private const uint NoTiming = 2;

    private readonly CudaDriver _driver;
    private readonly nint _stream;
    private readonly byte* _memory;
    private readonly nint[] _events = new nint[2];
    private readonly bool[] _inUse = new bool[2];
    private int _half;
    private int _filled;

    /// <param name="context">The stream's, current.</param>
    /// <exception cref="DiagnosticException">GP6012: there is no memory for it.</exception>
    public HostStaging(CudaContext context, nint stream)
    {
        _driver = context.Driver;
        _stream = stream;
        void* memory = null;
        _driver.CheckLoading(_driver.HostAllocate(&memory, 2 * HalfBytes, 0), "cuMemHostAlloc", "the host");
        _memory = (byte*)memory;
        try
        {
            fixed (nint* events = _events)
            {
                for (int i = 0; i < 2; i++)
                    _driver.CheckLoading(_driver.EventCreate(events + i, NoTiming), "cuEventCreate", context.Name);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>From which memory is being taken.</summary>
    public int Half => _half;

    /// <summary>The whole of it, for a copy to the host that is waited for at once. Waits for uploads that still read it.</summary>
    public byte* Whole()
    {
        for (int half = 0; half < 2; half++)
            Wait(half);
        _filled = 0;
        return _memory;
    }

    /// <summary>Memory to fill; <see cref="Sent"/> or the next call says that it has been used by the queue.</summary>
    /// <param name="bytes">At most <see cref="HalfBytes"/>.</param>
    public byte* Take(int bytes)
    {
        if (_filled + bytes > HalfBytes)
        {
            _driver.Check(_driver.EventRecord(_events[_half], _stream), "cuEventRecord");
            _inUse[_half] = true;
            _half ^= 1;
            Wait(_half);
            _filled = 0;
        }

        byte* place = _memory + _half * HalfBytes + _filled;
        _filled += (bytes + 63) / 64 * 64;
        return place;
    }

    /// <summary>Everything taken has been given to the queue: from now on it counts as in use.</summary>
    public void Sent()
    {
        _driver.Check(_driver.EventRecord(_events[_half], _stream), "cuEventRecord");
        _inUse[_half] = true;
    }

    public void Dispose()
    {
        foreach (nint e in _events.Where(e => e != 0))
            _ = _driver.EventDestroy(e);
        _ = _driver.HostFree(_memory);
    }

    private void Wait(int half)
    {
        if (!_inUse[half])
            return;
        _driver.Check(_driver.EventSynchronize(_events[half]), "cuEventSynchronize");
        _inUse[half] = false;
    }
}
