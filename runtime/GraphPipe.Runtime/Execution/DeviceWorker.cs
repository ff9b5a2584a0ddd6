using System.Collections.Immutable;
using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>A device's owner thread: executes the device's list, run after run.</summary>
internal sealed class DeviceWorker
{
    // The position of a device that is in no action and has not done all.
    private const int Between = -1;

    private readonly Sequence _start = new();
    private readonly Sequence _done;
    private readonly RunState _run;
    private readonly Action<DeviceWorker, BoundAction?, Exception> _failed;
    private readonly Thread _thread;
    private readonly Sequence _bell;
    private readonly DeviceCopies? _copies;
    private readonly IFence? _zero;
    private DeviceList _list = DeviceList.Empty;
    private long _finished;
    private long _slowest;
    private long _begun;
    private int _position;
    private volatile bool _isPast;
    private volatile bool _isSettling;

    /// <param name="id">The device's place in the mesh.</param>
    /// <param name="run">What all workers share about the run.</param>
    /// <param name="done">Raised by one by every worker at the end of every run.</param>
    /// <param name="bell">Raised whenever a message for the device has come in or one of its own has been taken out.</param>
    /// <param name="copies">The device's copies to and from the host; null if it has none.</param>
    /// <param name="failed">Called on the worker's thread with what ended its list early.</param>
    public DeviceWorker(DeviceId id, IDevice device, RunState run, Sequence done, Sequence bell, DeviceCopies? copies, Action<DeviceWorker, BoundAction?, Exception> failed)
    {
        Id = id;
        Device = device;
        _run = run;
        _done = done;
        _bell = bell;
        _copies = copies;
        _failed = failed;
        _zero = device.IsAsynchronous ? device.CreateFence() : null;
        _thread = new Thread(Loop, 4 << 20) { IsBackground = true, Name = device.Name.ToString() };
        _thread.Start();
    }

    public DeviceId Id { get; }

    public IDevice Device { get; }

    /// <summary>Its copies to and from the host; null if it has none.</summary>
    public DeviceCopies? Copies => _copies;

    public ImmutableArray<BoundAction> Actions => _list.Actions;

    /// <summary>Actions finished since the worker exists: what the watchdog looks at.</summary>
    public long Finished => Volatile.Read(ref _finished);

    /// <summary>The longest time that an action has taken since the worker exists, waiting excepted, in <see cref="Stopwatch"/> ticks.</summary>
    public long Slowest => Volatile.Read(ref _slowest);

    /// <summary>False once the thread has ended.</summary>
    public bool IsAlive => _thread.IsAlive;

    /// <summary>Whether all actions of the list are finished.</summary>
    public bool IsDone => Volatile.Read(ref _position) == _list.Actions.Length;

    /// <summary>True while the thread waits for what it has queued: its messages have been handed over then, so it waits for nobody but its device.</summary>
    public bool IsSettling => _isSettling;

    /// <summary>The action in execution, which may be waiting; null if there is none.</summary>
    public BoundAction? Current
    {
        get
        {
            int position = Volatile.Read(ref _position);
            return position >= 0 && position < _list.Actions.Length ? _list.Actions[position] : null;
        }
    }

    /// <summary>The action in which the device waits for a message or a copy: null if it is in an action, or done. Exact while the device stands still; read by other threads.</summary>
    public BoundAction? Waiting
    {
        get
        {
            // A message that has been moved leaves its channel as if it had to wait for another.
            if (_isPast)
                return null;
            var next = Current ?? (!IsDone && _list.Ready is { Positions: [var first, ..] } ? _list.Actions[first] : null);
            return next is { CanRun: false } ? next : null;
        }
    }

    /// <summary>When the action in execution began, in <see cref="Stopwatch"/> ticks.</summary>
    public long StartOfCurrent => Volatile.Read(ref _begun);

    /// <summary>Start and end of each action of the last run, in <see cref="Stopwatch"/> ticks.</summary>
    public long[] Started { get; private set; } = [];

    public long[] Ended { get; private set; } = [];

    /// <summary>Managed bytes that the thread allocated in the last run.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Starts a run of <paramref name="list"/>; only while the worker is at rest.</summary>
    public void Start(DeviceList list)
    {
        if (Started.Length < list.Actions.Length)
        {
            Started = new long[list.Actions.Length];
            Ended = new long[list.Actions.Length];
        }

        _list = list;
        _isSettling = false;
        list.Ready?.Reset();
        Volatile.Write(ref _position, list.Ready is null || list.Actions.IsEmpty ? 0 : Between);
        _isPast = false;
        _start.Advance();
    }

    /// <summary>Ends the thread after the run in progress.</summary>
    /// <returns>False if it does not end in time.</returns>
    public bool Stop(TimeSpan timeout)
    {
        _start.Abort();
        if (!_thread.Join(timeout))
            return false;
        _zero?.Dispose();
        return true;
    }

    private void Loop()
    {
        long runs = 0;
        bool entered = false;
        while (_start.WaitFor(++runs))
        {
            try
            {
                if (!entered)
                    Device.Enter();
                entered = true;
                if (!Execute())
                    return;
            }
            catch (Exception e)
            {
                _failed(this, Current, e);
                Device.Abandon();
            }

            // Nobody is told that the run is over while copies still move.
            _copies?.Drain();
            _done.Advance();
        }
    }

    /// <returns>False if the thread is to end.</returns>
    private bool Execute()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = 0;
        if (_zero is not null)
        {
            // The device has nothing to do: what its clock shows is what ours does.
            Device.Signal(DeviceQueue.Compute, _zero);
            _zero.Wait();
            start = Stopwatch.GetTimestamp();
        }

        if (!(_list.Ready is { } ready ? TakeReady(ready) : TakeInOrder()))
            return false;
        if (_zero is not null)
            Settle(_zero, start);
        Volatile.Write(ref _position, _list.Actions.Length);
        AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - before;
        return true;
    }

    // A device that works behind its callers: waits for its actions one by one, and takes their times from its own clock.
    private void Settle(IFence zero, long start)
    {
        _isSettling = true;
        for (int i = 0; i < _list.Actions.Length; i++)
        {
            var action = _list.Actions[i];
            if (_run.IsAborted)
                throw new RunAbortedException();
            Volatile.Write(ref _begun, Stopwatch.GetTimestamp());
            Volatile.Write(ref _position, i);
            var marks = action.Marks!;
            marks.Ended.Wait();
            Started[i] = start + Ticks(marks.Began.Since(zero));
            Ended[i] = start + Ticks(marks.Ended.Since(zero));
            action.Settle(Ended[i] - Started[i]);
            Volatile.Write(ref _slowest, Math.Max(_slowest, Ended[i] - Started[i]));
            Volatile.Write(ref _finished, _finished + 1);
        }

        // First, since it knows the action in which a kernel has reported a value.
        _run.ConfirmForwards(int.MaxValue);
        Device.Settle();
    }

    private static long Ticks(Microseconds time) => (long)(time.Value * 1e-6 * Stopwatch.Frequency);

    private bool TakeInOrder()
    {
        for (int i = 0; i < _list.Actions.Length; i++)
        {
            if (_run.IsAborted)
                throw new RunAbortedException();
            if (!Execute(i))
                return false;
        }

        return true;
    }

    private bool TakeReady(ReadyActions ready)
    {
        for (int left = _list.Actions.Length; left > 0; left--)
        {
            int i = NextReady(ready);
            if (!Execute(i))
                return false;
            ready.Done(i);
            Volatile.Write(ref _position, left > 1 ? Between : i);
        }

        return true;
    }

    // The next in the plan's order; while that waits, a message that can move.
    private int NextReady(ReadyActions ready)
    {
        _isPast = false;
        while (true)
        {
            // Read before the channels are looked at: what changes in them after that raises it.
            long rung = _bell.Value;
            if (_run.IsAborted)
                throw new RunAbortedException();
            var positions = ready.Positions;
            for (int at = 0; at < positions.Length; at++)
            {
                var action = _list.Actions[positions[at]];
                if ((at == 0 || ReadyActions.MayOvertake(action.Action)) && action.CanRun)
                    return ready.Take(at);
            }

            _bell.WaitFor(rung + 1);
        }
    }

    private bool Execute(int i)
    {
        var action = _list.Actions[i];
        Volatile.Write(ref _begun, Stopwatch.GetTimestamp());
        Volatile.Write(ref _position, i);
        _isPast = false;
        if (_run.Interference?.Before(Id, action.Action) == false)
            return false;
        Started[i] = Stopwatch.GetTimestamp();
        action.Run(_run);
        _isPast = true;
        _run.Interference?.After(Id, action.Action, Stopwatch.GetTimestamp() - Started[i] - action.WaitTicks);
        Ended[i] = Stopwatch.GetTimestamp();
        Volatile.Write(ref _slowest, Math.Max(_slowest, Ended[i] - Started[i] - action.WaitTicks));
        Volatile.Write(ref _finished, _finished + 1);
        return true;
    }
}
