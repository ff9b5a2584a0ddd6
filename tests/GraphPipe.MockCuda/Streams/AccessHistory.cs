using System.Runtime.Intrinsics;
using GraphPipe.MockCuda.Memory;
using GraphPipe.MockCuda.Reports;

namespace GraphPipe.MockCuda.Streams;

/// <summary>Bytes [From, To) of an allocation.</summary>
internal readonly record struct ByteRange(long From, long To);

/// <summary>What one operation did to an allocation, in one way.</summary>
/// <param name="Ranges">Ascending, apart.</param>
internal sealed record Access(Operation By, AccessKind Kind, ByteRange[] Ranges)
{
    /// <summary>The first byte that both touch; null where none is.</summary>
    public long? Meets(Access other)
    {
        int i = 0, j = 0;
        while (i < Ranges.Length && j < other.Ranges.Length)
        {
            long from = Math.Max(Ranges[i].From, other.Ranges[j].From);
            if (from < Math.Min(Ranges[i].To, other.Ranges[j].To))
                return from;
            if (Ranges[i].To <= other.Ranges[j].To)
                i++;
            else
                j++;
        }
        return null;
    }

    /// <summary>True where every byte of the other is touched here.</summary>
    public bool Covers(Access other)
    {
        int i = 0;
        foreach (var range in other.Ranges)
        {
            while (i < Ranges.Length && Ranges[i].To < range.To)
                i++;
            if (i == Ranges.Length || Ranges[i].From > range.From)
                return false;
        }
        return true;
    }
}

/// <summary>The accesses to one allocation that may still race with a later one. An operation that ran races with an earlier one on the
/// same bytes if its clock does not know it: then the program did not order them, and only this run's interleaving did.</summary>
internal sealed class AccessHistory
{
    private readonly List<Access> _accesses = [];

    /// <summary>Checks what one operation did against what was done before, one report for each other operation, and keeps it.</summary>
    public void Add(IReadOnlyList<Access> accesses, Allocation allocation, ReportLog log)
    {
        var reported = new HashSet<Operation>();
        foreach (var access in accesses)
        {
            foreach (var earlier in _accesses)
            {
                if (access.By.Knows(earlier.By) || !Conflict(earlier.Kind, access.Kind) || access.Meets(earlier) is not { } at)
                    continue;
                if (!reported.Add(earlier.By))
                    continue;
                log.Add(new Report(
                    ReportKind.StreamRace,
                    $"{access.By} {Verb(access.Kind)} byte {at} of {allocation.Bytes} ({allocation.Origin}), which {earlier.By} "
                    + $"{Verb(earlier.Kind)}; nothing orders the two",
                    null));
            }
        }
        // Who is ordered after the later operation of a stream is ordered after the earlier one too.
        foreach (var access in accesses)
        {
            _accesses.RemoveAll(e =>
                e.By.Stream == access.By.Stream && (e.Kind == access.Kind || access.Kind == AccessKind.Write) && access.Covers(e));
            _accesses.Add(access);
        }
    }

    /// <summary>Forgets what all operations to come are ordered after.</summary>
    public void Prune(VectorClock known) => _accesses.RemoveAll(a => a.By.Index <= known[a.By.Stream.Index]);

    /// <summary>The ranges that the operation which ran just now touched, by way of touching; the marks are taken off.</summary>
    public static unsafe List<Access> Collect(Operation by, Allocation allocation)
    {
        long low = allocation.TouchedLow, high = allocation.TouchedHigh;
        var result = new List<Access>();
        byte* shadow = allocation.ShadowBytes;
        foreach (var (kind, bit) in new[]
        {
            (AccessKind.Read, Shadow.ReadNow), (AccessKind.Write, Shadow.WrittenNow), (AccessKind.Atomic, Shadow.AtomicNow),
        })
        {
            var ranges = Runs(shadow, low, high, (byte)bit);
            if (ranges.Length > 0)
                result.Add(new Access(by, kind, ranges));
        }
        TakeMarksOff(shadow + low, high - low);
        allocation.ForgetTouches();
        return result;
    }

    private static unsafe void TakeMarksOff(byte* shadow, long count)
    {
        var keep = Vector256.Create(unchecked((byte)~Shadow.Now));
        long k = 0;
        for (; k + 32 <= count; k += 32)
            (Vector256.Load(shadow + k) & keep).Store(shadow + k);
        for (; k < count; k++)
            shadow[k] &= keep[0];
    }

    private static unsafe ByteRange[] Runs(byte* shadow, long low, long high, byte bit)
    {
        var ranges = new List<ByteRange>();
        for (long k = low; k < high;)
        {
            long start = Skip(shadow, k, high, bit, 0);
            k = Skip(shadow, start, high, bit, bit);
            if (k > start)
                ranges.Add(new ByteRange(start, k));
        }
        return [.. ranges];
    }

    /// <summary>The first byte at or after a place whose bit is not as given.</summary>
    private static unsafe long Skip(byte* shadow, long from, long high, byte bit, byte expected)
    {
        var mask = Vector256.Create(bit);
        var same = Vector256.Create(expected);
        while (from + 32 <= high && (Vector256.Load(shadow + from) & mask) == same)
            from += 32;
        while (from < high && (shadow[from] & bit) == expected)
            from++;
        return from;
    }

    private static bool Conflict(AccessKind a, AccessKind b) =>
        !(a == AccessKind.Read && b == AccessKind.Read) && !(a == AccessKind.Atomic && b == AccessKind.Atomic);

    private static string Verb(AccessKind kind) => kind switch
    {
        AccessKind.Read => "reads",
        AccessKind.Write => "writes",
        _ => "updates",
    };
}
