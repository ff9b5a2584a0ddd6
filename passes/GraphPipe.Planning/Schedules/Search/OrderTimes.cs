using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace GraphPipe.Planning;

/// <summary>
/// When the work of an order runs, for searches that change the order thousands of times: the work is numbered once, an order is numbers by device, and one pass over
/// what waits for what gives starts and ends. What <see cref="ScheduleSimulator"/> says of the same order, without words for those that come to no end.
/// </summary>
internal sealed class OrderTimes
{
    private readonly ImmutableArray<ScheduleTask> _tasks;
    private readonly double[] _cost;
    private readonly double _message;
    private readonly int[] _deviceOf;
    private readonly int[][] _needs;
    private readonly int[][] _readers;
    private readonly int[] _left;
    private readonly int[] _ready;
    private readonly int[] _next;

    /// <param name="rows">Any order of the work; each device keeps its own.</param>
    public OrderTimes(ImmutableArray<ImmutableArray<ScheduleTask>> rows, StageNeighbours graph, ScheduleCosts costs)
    {
        _tasks = [.. rows.SelectMany(r => r)];
        _message = costs.Message;
        _cost = [.. _tasks.Select(t => costs.Stages[t.Stage.Value].Of(t.Kind))];
        _deviceOf = [.. rows.SelectMany((r, d) => r.Select(_ => d))];
        var forward = new Dictionary<(int Stage, int MicroBatch), int>();
        var backward = new Dictionary<(int Stage, int MicroBatch), int>();
        for (int i = 0; i < _tasks.Length; i++)
        {
            if (_tasks[i].Kind != TaskKind.BackwardWeight)
                (_tasks[i].IsForward ? forward : backward).Add((_tasks[i].Stage.Value, _tasks[i].MicroBatch.Index), i);
        }

        IEnumerable<int> NeedsOf(ScheduleTask task)
        {
            int stage = task.Stage.Value, m = task.MicroBatch.Index;
            return task.Kind switch
            {
                TaskKind.Forward => graph.Before[stage].Select(s => forward[(s, m)]),
                TaskKind.BackwardWeight => [backward[(stage, m)]],
                _ => graph.After[stage].Select(s => backward[(s, m)]).Prepend(forward[(stage, m)]),
            };
        }

        _needs = [.. _tasks.Select(t => NeedsOf(t).ToArray())];
        var readers = _tasks.Select(_ => new List<int>()).ToArray();
        for (int i = 0; i < _needs.Length; i++)
        {
            foreach (int need in _needs[i])
                readers[need].Add(i);
        }

        _readers = [.. readers.Select(r => r.ToArray())];
        Start = new double[_tasks.Length];
        End = new double[_tasks.Length];
        Cause = new int[_tasks.Length];
        _left = new int[_tasks.Length];
        _ready = new int[_tasks.Length];
        _next = new int[_tasks.Length];
        int number = 0;
        First = [.. rows.Select(r => r.Select(_ => number++).ToArray())];
    }

    /// <summary>The order that it was made with.</summary>
    public int[][] First { get; }

    public double[] Start { get; }

    public double[] End { get; }

    /// <summary>By number of the work: what its start was last to wait for; below zero if it starts at 0.</summary>
    public int[] Cause { get; }

    public ScheduleTask this[int number] => _tasks[number];

    public int DeviceOf(int number) => _deviceOf[number];

    /// <summary>How many activations more its device holds after the work.</summary>
    public int Change(int number) => InFlight.OnDevice(_tasks[number].Kind);

    /// <summary>Fills <see cref="Start"/>, <see cref="End"/> and <see cref="Cause"/>.</summary>
    /// <param name="preferDevice">Of two causes at the same time the device's own work, else the message.</param>
    /// <returns>Whether the order comes to its end; if it does not, the times mean nothing.</returns>
    public bool Run(int[][] rows, bool preferDevice)
    {
        int ready = 0, done = 0;
        foreach (int[] row in rows)
        {
            for (int i = 0; i < row.Length; i++)
            {
                int task = row[i];
                _left[task] = _needs[task].Length + (i > 0 ? 1 : 0);
                _next[task] = i + 1 < row.Length ? row[i + 1] : -1;
                Start[task] = 0;
                Cause[task] = -1;
                if (_left[task] == 0)
                    _ready[ready++] = task;
            }
        }

        for (; done < ready; done++)
        {
            int task = _ready[done];
            double end = End[task] = Start[task] + _cost[task];
            foreach (int reader in _readers[task])
                Reach(reader, task, end + (_deviceOf[reader] == _deviceOf[task] ? 0 : _message), isPreferred: !preferDevice, ref ready);
            if (_next[task] >= 0)
                Reach(_next[task], task, end, preferDevice, ref ready);
        }

        return done == _tasks.Length;
    }

    private void Reach(int task, int cause, double time, bool isPreferred, ref int ready)
    {
        if (time > Start[task] || (isPreferred && time == Start[task]))
            (Start[task], Cause[task]) = (time, cause);
        if (--_left[task] == 0)
            _ready[ready++] = task;
    }

    /// <summary>An order as a schedule's rows.</summary>
    public ImmutableArray<ImmutableArray<ScheduleTask>> ToRows(int[][] rows) => [.. rows.Select(r => ImmutableCollectionsMarshal.AsImmutableArray(Array.ConvertAll(r, t => _tasks[t])))];
}
