namespace GraphPipe.Runtime;

/// <summary>
/// A number that one side raises by one and another waits for. Waiting spins shortly, then parks the thread; neither side allocates, and
/// raising takes the lock only while somebody is parked.
/// </summary>
public sealed class Sequence
{
    // About 10 µs: longer than a message of the neighbour usually takes, shorter than a time slice.
    private const int Spins = 14;

    private readonly object _gate = new();
    private long _value;
    private int _parked;
    private volatile bool _aborted;

    public long Value => Volatile.Read(ref _value);

    public void Advance()
    {
        // A full fence: the new value is visible before _parked is read. The waiter does the same the other way round.
        Interlocked.Increment(ref _value);
        if (Volatile.Read(ref _parked) != 0)
            Wake();
    }

    /// <summary>Lets every present and future wait return false, until <see cref="Reset"/>.</summary>
    public void Abort()
    {
        _aborted = true;
        Wake();
    }

    /// <summary>Back to zero; only while nobody waits.</summary>
    public void Reset()
    {
        Volatile.Write(ref _value, 0);
        _aborted = false;
    }

    /// <summary>Waits until the value is at least <paramref name="target"/>.</summary>
    /// <returns>False if the wait was aborted before that.</returns>
    public bool WaitFor(long target)
    {
        if (Value >= target)
            return true;
        var spin = default(SpinWait);
        for (int i = 0; i < Spins; i++)
        {
            spin.SpinOnce(sleep1Threshold: -1);
            if (Value >= target)
                return true;
            if (_aborted)
                return false;
        }

        return Park(target, Timeout.InfiniteTimeSpan);
    }

    /// <summary>As <see cref="WaitFor(long)"/>, without spinning, for at most <paramref name="timeout"/>.</summary>
    /// <returns>False if the time is over or the wait was aborted.</returns>
    public bool WaitFor(long target, TimeSpan timeout) => Value >= target || Park(target, timeout);

    private bool Park(long target, TimeSpan timeout)
    {
        lock (_gate)
        {
            Interlocked.Increment(ref _parked);
            try
            {
                while (Value < target && !_aborted)
                {
                    if (!Monitor.Wait(_gate, timeout))
                        break;
                }
            }
            finally
            {
                Interlocked.Decrement(ref _parked);
            }
        }

        return Value >= target;
    }

    private void Wake()
    {
        lock (_gate)
            Monitor.PulseAll(_gate);
    }
}
