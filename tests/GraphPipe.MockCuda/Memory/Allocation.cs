using System.Runtime.InteropServices;
using GraphPipe.MockCuda.Streams;

namespace GraphPipe.MockCuda.Memory;

/// <summary>What is known of each byte of an allocation.</summary>
[Flags]
internal enum Shadow : byte
{
    None = 0,

    /// <summary>Something has written it.</summary>
    Written = 1,

    /// <summary>The operation that runs now has read it.</summary>
    ReadNow = 2,

    /// <summary>The operation that runs now has written it.</summary>
    WrittenNow = 4,

    /// <summary>The operation that runs now has updated it atomically.</summary>
    AtomicNow = 8,

    /// <summary>All that belongs to the operation that runs now.</summary>
    Now = ReadNow | WrittenNow | AtomicNow,
}

/// <summary>Memory of a device, or host memory that devices may use: its bytes and a shadow byte for each.</summary>
internal sealed unsafe class Allocation : IDisposable
{
    private readonly bool _ownsData;

    private Allocation(ulong start, long bytes, int device, byte* data, bool ownsData, string origin)
    {
        Start = start;
        Bytes = bytes;
        Device = device;
        Data = data;
        _ownsData = ownsData;
        Origin = origin;
        ShadowBytes = (byte*)NativeMemory.AllocZeroed((nuint)Math.Max(bytes, 1));
        TouchedLow = long.MaxValue;
    }

    /// <summary>First device address.</summary>
    public ulong Start { get; }

    public long Bytes { get; }

    /// <summary>Index of the owning device; <see cref="Host"/> for host memory.</summary>
    public int Device { get; }

    public const int Host = -1;

    /// <summary>Where the bytes lie in this process.</summary>
    public byte* Data { get; private set; }

    public byte* ShadowBytes { get; private set; }

    /// <summary>How it came to be, for reports: "cuMemAlloc #3, 64 bytes".</summary>
    public string Origin { get; }

    public bool Freed { get; private set; }

    /// <summary>Which operations touched which bytes, as far as it still matters.</summary>
    public AccessHistory History { get; } = new();

    /// <summary>The bytes that the operation that runs now has touched lie in [low, high).</summary>
    public long TouchedLow { get; private set; }

    public long TouchedHigh { get; private set; }

    public static Allocation OnDevice(ulong start, long bytes, int device, string origin) =>
        new(start, bytes, device, (byte*)NativeMemory.Alloc((nuint)Math.Max(bytes, 1)), ownsData: true, origin);

    /// <summary>Pinned host memory: its device address is its host address, and the host's own writes are not seen, so all counts as
    /// written.</summary>
    public static Allocation OnHost(byte* data, long bytes, bool owns, string origin)
    {
        var result = new Allocation((ulong)data, bytes, Host, data, owns, origin);
        new Span<byte>(result.ShadowBytes, checked((int)bytes)).Fill((byte)Shadow.Written);
        return result;
    }

    public bool Holds(ulong address, long size) => address - Start <= (ulong)Bytes && (ulong)size <= (ulong)Bytes - (address - Start);

    /// <summary>True where this is the first touch of the operation that runs now.</summary>
    public bool Touch(long low, long high)
    {
        bool first = TouchedHigh == 0;
        if (low < TouchedLow)
            TouchedLow = low;
        if (high > TouchedHigh)
            TouchedHigh = high;
        return first;
    }

    public void ForgetTouches()
    {
        TouchedLow = long.MaxValue;
        TouchedHigh = 0;
    }

    /// <summary>The bytes go, the address range stays taken so that later use is noticed.</summary>
    public void Dispose()
    {
        if (Freed)
            return;
        Freed = true;
        if (_ownsData)
            NativeMemory.Free(Data);
        NativeMemory.Free(ShadowBytes);
        Data = null;
        ShadowBytes = null;
        GC.SuppressFinalize(this);
    }
}
