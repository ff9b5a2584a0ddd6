using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GraphPipe.MockCuda.Reports;

namespace GraphPipe.MockCuda.Memory;

/// <summary>How an access touches memory.</summary>
internal enum AccessKind
{
    Read,
    Write,
    Atomic,
}

/// <summary>Global memory as one operation sees it: finds the allocation of an address, checks bounds, lifetime, peer access and
/// initialisation, and marks the bytes for the race check when the operation ends. Constant variables are seen through it too.</summary>
/// <param name="peers">Whether the operation's device may touch another's memory.</param>
internal sealed unsafe class GlobalView(AddressSpace space, int device, Func<int, bool> peers, ReportLog log)
{
    private const uint Ones = 0x0101_0101;

    private readonly List<Allocation> _touched = [];
    private Allocation? _last;
    private bool _allPeers;

    public IReadOnlyList<Allocation> Touched => _touched;

    /// <summary>The driver's own copies reach every device's memory, with or without peer access.</summary>
    public GlobalView AllPeers()
    {
        _allPeers = true;
        return this;
    }

    /// <summary>The bytes at a device address.</summary>
    /// <param name="place">Where the access stands, built only when there is something to report.</param>
    /// <exception cref="KernelFaultException">No allocation that the device may touch holds the range.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Access(ulong address, int size, AccessKind kind, IPlace place)
    {
        var a = _last;
        if (a is null || a.Freed || !a.Holds(address, size))
            a = Find(address, size, place);
        long offset = (long)(address - a.Start);
        if (a.Touch(offset, offset + size))
            _touched.Add(a);
        byte* shadow = a.ShadowBytes + offset;
        if (kind == AccessKind.Write)
            Mark(shadow, size, Shadow.Written | Shadow.WrittenNow);
        else if (!MarkRead(shadow, size, kind == AccessKind.Read ? Shadow.ReadNow : Shadow.AtomicNow | Shadow.Written))
            log.Add(new Report(ReportKind.UninitialisedRead, $"{place.What}: {Uninitialised(a, offset, size)}", place.Where()));
        return a.Data + offset;
    }

    /// <summary>The bytes of a range that lies in the allocation touched last and needs no report; null where that is not so and each lane
    /// must be looked at alone.</summary>
    public byte* TryAccess(ulong address, int size, AccessKind kind)
    {
        var a = _last;
        if (a is null || a.Freed || !a.Holds(address, size))
            return null;
        long offset = (long)(address - a.Start);
        byte* shadow = a.ShadowBytes + offset;
        if (kind == AccessKind.Write)
            Mark(shadow, size, Shadow.Written | Shadow.WrittenNow);
        else if (!MarkRead(shadow, size, Shadow.ReadNow))
            return null;
        if (a.Touch(offset, offset + size))
            _touched.Add(a);
        return a.Data + offset;
    }

    /// <summary>Copies bytes with what is known of them. To host memory, whose readers nobody watches, only written bytes may go.</summary>
    public void CopyRange(ulong to, ulong from, int size, IPlace place)
    {
        var source = _last = Find(from, size, place);
        long sourceAt = (long)(from - source.Start);
        var target = Find(to, size, place);
        long targetAt = (long)(to - target.Start);
        if (target.Device == Allocation.Host)
            Access(from, size, AccessKind.Read, place);
        else if (source.Touch(sourceAt, sourceAt + size))
            _touched.Add(source);
        if (target.Touch(targetAt, targetAt + size))
            _touched.Add(target);
        Buffer.MemoryCopy(source.Data + sourceAt, target.Data + targetAt, size, size);
        byte* s = source.ShadowBytes + sourceAt, t = target.ShadowBytes + targetAt;
        int at = 0;
        var written = Vector256.Create((byte)Shadow.Written);
        for (; at + 32 <= size; at += 32)
        {
            var known = Vector256.Load(s + at);
            ((Vector256.Load(t + at) & ~written) | (known & written) | Vector256.Create((byte)Shadow.WrittenNow)).Store(t + at);
            (known | Vector256.Create((byte)Shadow.ReadNow)).Store(s + at);
        }
        for (int k = at; k < size; k++)
        {
            t[k] = (byte)((t[k] & ~(byte)Shadow.Written) | (s[k] & (byte)Shadow.Written) | (byte)Shadow.WrittenNow);
            s[k] |= (byte)Shadow.ReadNow;
        }
    }

    private static string Uninitialised(Allocation a, long offset, int size) =>
        $"{size} bytes at offset {offset} of {a.Bytes} bytes ({a.Origin}) were never written";

    private Allocation Find(ulong address, int size, IPlace place)
    {
        var a = space.Holding(address, size);
        if (a is null)
        {
            var (kind, message) = space.Explain(address, size);
            throw new KernelFaultException(new Report(kind, $"{place.What}: {message}", place.Where()));
        }
        if (a.Device != device && a.Device != Allocation.Host && !_allPeers && !peers(a.Device))
        {
            throw new KernelFaultException(new Report(
                ReportKind.NoPeerAccess, $"{place.What}: device {device} touches memory of device {a.Device} ({a.Origin})", place.Where()));
        }
        _last = a;
        return a;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mark(byte* shadow, int size, Shadow bits)
    {
        uint pattern = Ones * (uint)bits;
        int at = 0;
        for (; at + 32 <= size; at += 32)
            (Vector256.Load(shadow + at) | Vector256.Create((byte)bits)).Store(shadow + at);
        for (; at + 4 <= size; at += 4)
            *(uint*)(shadow + at) |= pattern;
        for (; at < size; at++)
            shadow[at] |= (byte)bits;
    }

    /// <summary>False where a byte was never written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool MarkRead(byte* shadow, int size, Shadow bits)
    {
        uint pattern = Ones * (uint)bits, all = Ones;
        var allVector = Vector256.Create((byte)Shadow.Written);
        int at = 0;
        for (; at + 32 <= size; at += 32)
        {
            var v = Vector256.Load(shadow + at);
            allVector &= v;
            (v | Vector256.Create((byte)bits)).Store(shadow + at);
        }
        for (; at + 4 <= size; at += 4)
        {
            all &= *(uint*)(shadow + at);
            *(uint*)(shadow + at) |= pattern;
        }
        for (; at < size; at++)
        {
            all &= shadow[at] | ~1u;
            shadow[at] |= (byte)bits;
        }
        return (all & Ones) == Ones && allVector == Vector256.Create((byte)Shadow.Written);
    }
}

/// <summary>Tells where an access stands; asked only when there is something to report.</summary>
internal interface IPlace
{
    /// <summary>The operation's name.</summary>
    string What { get; }

    KernelPlace? Where();
}
