namespace GraphPipe.MockCuda.Streams;

/// <summary>How much of each stream is known to have happened (Fidge 1988, Mattern 1989). Immutable; one entry per stream, by its
/// index, and missing entries are 0.</summary>
internal sealed class VectorClock
{
    public static readonly VectorClock Zero = new([]);

    private readonly long[] _ticks;

    private VectorClock(long[] ticks) => _ticks = ticks;

    public long this[int stream] => stream < _ticks.Length ? _ticks[stream] : 0;

    /// <summary>What either knows.</summary>
    public VectorClock Join(VectorClock other)
    {
        if (Knows(other))
            return this;
        if (other.Knows(this))
            return other;
        var ticks = new long[Math.Max(_ticks.Length, other._ticks.Length)];
        for (int k = 0; k < ticks.Length; k++)
            ticks[k] = Math.Max(this[k], other[k]);
        return new VectorClock(ticks);
    }

    /// <summary>One more operation of a stream.</summary>
    public VectorClock Tick(int stream)
    {
        var ticks = new long[Math.Max(_ticks.Length, stream + 1)];
        _ticks.CopyTo(ticks, 0);
        ticks[stream]++;
        return new VectorClock(ticks);
    }

    private bool Knows(VectorClock other)
    {
        for (int k = 0; k < other._ticks.Length; k++)
        {
            if (other._ticks[k] > this[k])
                return false;
        }
        return true;
    }
}
