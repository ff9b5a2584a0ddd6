using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// One direction of a device's copies to and from the host: first in, first out, worked by a thread of its own. The owner thread puts copies in and waits for
/// none but those that it needs; nothing is allocated while it runs.
/// </summary>
internal sealed class CopyQueue
{
    private readonly CopyAction?[] _places;
    private readonly Sequence _issued = new();
    private readonly Sequence _worked = new();
    private readonly Sequence _bell;
    private readonly Thread _thread;
    private CopyAction? _current;
    private RunState? _run;
    private long _begun;
    private long _finished;
    private long _slowest;
    private long _lost;

    /// <param name="device">Whose copies they are.</param>
    /// <param name="name">For the thread.</param>
    /// <param name="bell">Raised when a copy has ended, for a device that waits for several things at once.</param>
    /// <param name="most">Copies of a run.</param>
    public CopyQueue(DeviceId device, string name, Sequence bell, int most)
    {
        Device = device;
        _places = new CopyAction?[most];
        _bell = bell;
        _thread = new Thread(Loop, 1 << 20) { IsBackground = true, Name = name };
        _thread.Start();
    }

    public DeviceId Device { get; }

    /// <summary>Copies of the run that have ended, in order.</summary>
    public Sequence Ended { get; } = new();

    /// <summary>Copies finished since the queue exists: what the watchdog looks at.</summary>
    public long Finished => Volatile.Read(ref _finished);

    /// <summary>The longest time that a copy has taken since the queue exists, waiting excepted, in <see cref="Stopwatch"/> ticks.</summary>
    public long Slowest => Volatile.Read(ref _slowest);

    /// <summary>Whether a copy is in execution that waits for no other.</summary>
    public bool IsMoving => Current is { } copy && copy.After?.IsOver != false;

    /// <summary>The copy in execution, which may be waiting for another; null if there is none.</summary>
    public CopyAction? Current => Volatile.Read(ref _current);

    /// <summary>When it began, in <see cref="Stopwatch"/> ticks.</summary>
    public long StartOfCurrent => Volatile.Read(ref _begun);

    /// <summary>What ended a copy early, on the queue's thread; the run must be ended.</summary>
    public event Action<CopyAction, Exception>? Failed;

    /// <summary>Puts a copy in; by the owner thread.</summary>
    public void Issue(CopyAction copy, RunState run)
    {
        _run = run;
        _places[_issued.Value % _places.Length] = copy;
        _issued.Advance();
    }

    /// <summary>Waits until the queue has nothing to do: at the end of a run, when its device has nothing left to put in.</summary>
    public void Drain() => _worked.WaitFor(_issued.Value);

    /// <summary>Ends all waits for its copies; those that have not begun are left out.</summary>
    public void Abort() => Ended.Abort();

    /// <summary>Takes up a new run; only while the queue has nothing to do.</summary>
    public void Reset()
    {
        Ended.Reset();
        _lost = 0;
    }

    /// <summary>Ends the thread after the copy in progress.</summary>
    /// <returns>False if it does not end in time.</returns>
    public bool Stop(TimeSpan timeout)
    {
        _issued.Abort();
        return _thread.Join(timeout);
    }

    private void Loop()
    {
        for (long next = 0; _issued.WaitFor(next + 1); next++)
        {
            var copy = _places[next % _places.Length]!;
            var run = _run!;
            try
            {
                if (!run.IsAborted)
                    Work(copy, run);
            }
            catch (Exception e)
            {
                Failed?.Invoke(copy, e);
            }

            Volatile.Write(ref _current, null);
            _worked.Advance();
        }
    }

    private void Work(CopyAction copy, RunState run)
    {
        Volatile.Write(ref _current, copy);
        if (copy.After?.Wait() == false)
            return;
        long start = Stopwatch.GetTimestamp();
        Volatile.Write(ref _begun, start);
        copy.Move();
        // A queue stays in order, or is broken: what comes behind a copy that was lost is not reported either.
        if (run.Interference?.Copied(Device, copy.Action) == false || _lost > 0)
        {
            _lost++;
            return;
        }

        Volatile.Write(ref _slowest, Math.Max(_slowest, Stopwatch.GetTimestamp() - start));
        Volatile.Write(ref _finished, _finished + 1);
        Ended.Advance();
        _bell.Advance();
    }
}
