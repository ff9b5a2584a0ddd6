using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>A device's owner thread: executes the device's list, run after run.</summary>
internal sealed class DeviceWorker
{
    private readonly Sequence _start = new();
    private readonly Sequence _done;
    private readonly RunState _run;
    private readonly Action<DeviceWorker, BoundAction?, Exception> _failed;
    private readonly Thread _thread;
    private BoundAction[] _list = [];
    private long _finished;
    private long _slowest;
    private long _begun;
    private int _position;

    /// <param name="id">The device's place in the mesh.</param>
    /// <param name="device">The device.</param>
    /// <param name="run">What all workers share about the run.</param>
    /// <param name="done">Raised by one by every worker at the end of every run.</param>
    /// <param name="failed">Called on the worker's thread with what ended its list early.</param>
    public DeviceWorker(DeviceId id, IDevice device, RunState run, Sequence done, Action<DeviceWorker, BoundAction?, Exception> failed)
    {
        Id = id;
        Device = device;
        _run = run;
        _done = done;
        _failed = failed;
        _thread = new Thread(Loop, 4 << 20) { IsBackground = true, Name = device.Name.ToString() };
        _thread.Start();
    }

    public DeviceId Id { get; }

    public IDevice Device { get; }

    public IReadOnlyList<BoundAction> Actions => _list;

    /// <summary>Actions finished since the worker exists: what the watchdog looks at.</summary>
    public long Finished => Volatile.Read(ref _finished);

    /// <summary>The longest time that an action has taken since the worker exists, waiting excepted, in <see cref="Stopwatch"/> ticks.</summary>
    public long Slowest => Volatile.Read(ref _slowest);

    /// <summary>False once the thread has ended.</summary>
    public bool IsAlive => _thread.IsAlive;

    /// <summary>Whether all actions of the list are finished.</summary>
    public bool IsDone => Volatile.Read(ref _position) == _list.Length;

    /// <summary>The action in execution, which may be waiting; null if the list is done.</summary>
    public BoundAction? Current
    {
        get
        {
            int position = Volatile.Read(ref _position);
            return position < _list.Length ? _list[position] : null;
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
    public void Start(BoundAction[] list)
    {
        if (Started.Length < list.Length)
        {
            Started = new long[list.Length];
            Ended = new long[list.Length];
        }

        _list = list;
        Volatile.Write(ref _position, 0);
        _start.Advance();
    }

    /// <summary>Ends the thread after the run in progress.</summary>
    /// <returns>False if it does not end in time.</returns>
    public bool Stop(TimeSpan timeout)
    {
        _start.Abort();
        return _thread.Join(timeout);
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
            }

            _done.Advance();
        }
    }

    /// <returns>False if the thread is to end.</returns>
    private bool Execute()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < _list.Length; i++)
        {
            if (_run.IsAborted)
                throw new RunAbortedException();
            Volatile.Write(ref _position, i);
            if (!Execute(i))
                return false;
        }

        Volatile.Write(ref _position, _list.Length);
        AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - before;
        return true;
    }

    private bool Execute(int i)
    {
        var action = _list[i];
        Volatile.Write(ref _begun, Stopwatch.GetTimestamp());
        if (_run.Interference?.Before(Id, action.Action) == false)
            return false;
        Started[i] = Stopwatch.GetTimestamp();
        action.Run(_run);
        _run.Interference?.After(Id, action.Action, Stopwatch.GetTimestamp() - Started[i] - action.WaitTicks);
        Ended[i] = Stopwatch.GetTimestamp();
        Volatile.Write(ref _slowest, Math.Max(_slowest, Ended[i] - Started[i] - action.WaitTicks));
        Volatile.Write(ref _finished, _finished + 1);
        return true;
    }
}
