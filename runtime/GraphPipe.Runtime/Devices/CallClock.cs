using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// Times of the calls of one bound function, run after run: what a profiler asks a device to keep. The device's owner thread writes, the caller
/// reads between runs. Memory is taken once; runs beyond it are not kept.
/// </summary>
/// <param name="stage">The stage whose function it is.</param>
/// <param name="samples">The micro-batch size that it is bound at.</param>
/// <param name="capacity">Runs to keep.</param>
public sealed class CallClock(StageId stage, StageFunction function, long samples, int capacity)
{
    private readonly long[] _ticks = new long[checked(function.Calls.Length * capacity)];

    public StageId Stage => stage;

    public StageFunction Function => function;

    public long Samples => samples;

    /// <summary>Runs kept so far.</summary>
    public int Runs { get; private set; }

    /// <summary>Keeps a call's time; for devices. Calls come in order, the last one ends the run.</summary>
    /// <param name="ticks">In <see cref="Stopwatch"/> ticks, from the end of the call before it.</param>
    public void Record(int call, long ticks)
    {
        if (Runs == capacity)
            return;
        _ticks[Runs * function.Calls.Length + call] = ticks;
        if (call == function.Calls.Length - 1)
            Runs++;
    }

    /// <summary>Keeps the time of calls that ran as one: an equal part for each.</summary>
    /// <param name="calls">Ascending.</param>
    /// <param name="ticks">As for one call.</param>
    public void Record(ReadOnlySpan<int> calls, long ticks)
    {
        for (int i = 0; i < calls.Length; i++)
            Record(calls[i], ticks * (i + 1) / calls.Length - ticks * i / calls.Length);
    }

    /// <summary>Forgets all runs: those of a warm-up.</summary>
    public void Reset() => Runs = 0;

    /// <summary>The times of a call in all runs kept.</summary>
    public IEnumerable<Microseconds> TimesOf(int call)
    {
        for (int run = 0; run < Runs; run++)
            yield return new Microseconds(_ticks[run * function.Calls.Length + call] * 1e6 / Stopwatch.Frequency);
    }
}
