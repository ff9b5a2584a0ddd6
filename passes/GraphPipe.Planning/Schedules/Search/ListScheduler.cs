using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>When work may overtake other work.</summary>
internal enum Overtaking
{
    Never,

    /// <summary>Until the device has run its first backward: what a schedule begins with is squeezed, and its rhythm stays.</summary>
    WhileFilling,
    Always,
}

/// <summary>How a <see cref="ListScheduler"/> decides where there is a choice.</summary>
/// <param name="BackwardFirst">Of the work that is ready, backwards before forwards; else what the seed has first.</param>
/// <param name="Overtaking">When work may overtake work that the seed has before it and that is not ready.</param>
/// <param name="Overrun">Share of a weight part that may run into the time when other work is ready; the rest of it must fit into the gap.</param>
/// <param name="ForwardOverrun">The same of a forward before a backward that is on its way.</param>
/// <param name="KeepsWeights">Whether weight parts stay where the seed has them until the device has run its last forward.</param>
internal readonly record struct ListPolicy(bool BackwardFirst, Overtaking Overtaking, double Overrun, double ForwardOverrun, bool KeepsWeights);

/// <summary>
/// Reorders a schedule for given costs: devices take, whenever they are free, work that is ready, weight parts only where they fill a gap. The
/// schedule given (the seed) has the priorities, and is what keeps it safe: work may overtake other work only if the rest of the device's seed, run in
/// its order from there, stays within the limit of activations. So there is always a way on, and no memory deadlock. List scheduling is Graham's ("Bounds for certain multiprocessing anomalies", 1966);
/// schedules in which no device waits beside work that would end before the next is ready are those of Giffler and Thompson ("Algorithms for solving production-scheduling problems", 1960).
/// </summary>
internal sealed class ListScheduler
{
    // Decisions between two looks at the cancellation.
    private const int Turns = 1 << 12;

    private readonly ImmutableArray<ImmutableArray<ScheduleTask>> _seed;
    private readonly StageNeighbours _graph;
    private readonly ScheduleCosts _costs;
    private readonly int _limit;
    private readonly ListPolicy _policy;
    private readonly int _microBatches;
    private readonly Device[] _devices;
    private readonly double[][] _forward;
    private readonly double[][] _backward;
    private readonly List<int>[] _forwardReaders;
    private readonly List<int>[] _backwardReaders;
    private readonly PriorityQueue<int, (double Time, int Device)> _events = new();

    private ListScheduler(ImmutableArray<ImmutableArray<ScheduleTask>> seed, StageNeighbours graph, ScheduleCosts costs, int limit, ListPolicy policy)
    {
        _seed = seed;
        _graph = graph;
        _costs = costs;
        _limit = limit;
        _policy = policy;
        _microBatches = 1 + seed.SelectMany(d => d).Max(t => t.MicroBatch.Index);
        double[][] Table() => [.. Enumerable.Range(0, graph.Stages).Select(_ => Enumerable.Repeat(double.PositiveInfinity, _microBatches).ToArray())];
        _forward = Table();
        _backward = Table();
        _devices = [.. seed.Select(row => new Device(row))];
        DeviceOf = new int[graph.Stages];
        for (int d = 0; d < seed.Length; d++)
        {
            foreach (var task in seed[d])
                DeviceOf[task.Stage.Value] = d;
        }

        _forwardReaders = [.. graph.After.Select(stages => stages.Select(s => DeviceOf[s]).Distinct().ToList())];
        _backwardReaders = [.. graph.Before.Select(stages => stages.Select(s => DeviceOf[s]).Distinct().ToList())];
    }

    private int[] DeviceOf { get; }

    /// <param name="seed">A valid order within <paramref name="limit"/> activations a device; each stage on one device, its forwards and its backwards in ascending order.</param>
    public static ImmutableArray<ImmutableArray<ScheduleTask>> Run(
        ImmutableArray<ImmutableArray<ScheduleTask>> seed, StageNeighbours graph, ScheduleCosts costs, int limit, ListPolicy policy, CancellationToken cancellation)
    {
        var scheduler = new ListScheduler(seed, graph, costs, limit, policy);
        for (int d = 0; d < seed.Length; d++)
            scheduler._events.Enqueue(d, (0, d));
        for (int turn = 0; scheduler._events.TryDequeue(out int device, out var at); turn++)
        {
            if (turn % Turns == 0)
                cancellation.ThrowIfCancellationRequested();
            if (at.Time >= scheduler._devices[device].Free)
                scheduler.Decide(device, at.Time);
        }

        return scheduler._devices.All(d => d.First == d.Seed.Length)
            ? [.. scheduler._devices.Select(d => d.Done.ToImmutableArray())]
            : throw new InvalidOperationException("the seed is no valid order within the limit");
    }

    private void Decide(int d, double now)
    {
        var device = _devices[d];
        if (device.First == device.Seed.Length)
            return;
        int best = -1, weight = -1, level = device.Held, highest = device.Held;
        double next = double.PositiveInfinity, nextBackward = double.PositiveInfinity;
        bool bestIsBackward = false;
        if (_policy.KeepsWeights && device.ForwardsLeft > 0 && device.Seed[device.First].Kind == TaskKind.BackwardWeight)
        {
            Run(d, device.First, now);
            return;
        }

        bool mayOvertake = _policy.Overtaking == Overtaking.Always || (_policy.Overtaking == Overtaking.WhileFilling && device.IsFilling);
        // Of each stage and kind only the first can be next.
        device.Look++;
        int seen = 0;
        for (int i = device.First; i < device.Seed.Length; i++)
        {
            if (device.IsDone[i])
                continue;
            var task = device.Seed[i];
            int stage = task.Stage.Value;
            int change = InFlight.OnDevice(task.Kind);
            ref int looked = ref device.Looked[device.Slot[i]];
            if (looked != device.Look)
            {
                looked = device.Look;
                seen++;
                if (task.Kind == TaskKind.BackwardWeight)
                {
                    if (weight < 0 && _backward[stage][task.MicroBatch.Index] <= now)
                        weight = i;
                }
                else if (change <= 0 || highest < _limit)
                {
                    double ready = Ready(d, task);
                    if (ready <= now)
                    {
                        bool isBackward = task.Kind != TaskKind.Forward;
                        if (best < 0 || (_policy.BackwardFirst && isBackward && !bestIsBackward))
                            (best, bestIsBackward) = (i, isBackward);
                    }
                    else
                    {
                        next = best < 0 ? Math.Min(next, ready) : next;
                        nextBackward = task.Kind != TaskKind.Forward ? Math.Min(nextBackward, ready) : nextBackward;
                    }
                }

                if (!mayOvertake && task.Kind != TaskKind.BackwardWeight)
                    break;
                if (best >= 0 && ((!_policy.BackwardFirst && _policy.ForwardOverrun >= 1) || bestIsBackward))
                    break;
            }

            level += change;
            highest = Math.Max(highest, level);
            if (seen == device.Looked.Length)
                break;
        }

        if (best >= 0 && !bestIsBackward && now + (1 - _policy.ForwardOverrun) * _costs.Stages[device.Seed[best].Stage.Value].Forward > nextBackward + 1e-9)
            (best, next) = (-1, nextBackward);
        if (best < 0 && weight >= 0 && now + (1 - _policy.Overrun) * _costs.Stages[device.Seed[weight].Stage.Value].BackwardWeight <= next + 1e-9)
            best = weight;
        if (best >= 0)
            Run(d, best, now);
        else if (next < double.PositiveInfinity)
            _events.Enqueue(d, (next, d));
    }

    private double Ready(int d, ScheduleTask task)
    {
        int stage = task.Stage.Value, m = task.MicroBatch.Index;
        bool isForward = task.Kind == TaskKind.Forward;
        double ready = isForward ? 0 : _forward[stage][m];
        foreach (int other in isForward ? _graph.Before[stage] : _graph.After[stage])
            ready = Math.Max(ready, (isForward ? _forward : _backward)[other][m] + (DeviceOf[other] == d ? 0 : _costs.Message));
        return ready;
    }

    private void Run(int d, int position, double now)
    {
        var device = _devices[d];
        var task = device.Seed[position];
        int stage = task.Stage.Value;
        device.IsDone[position] = true;
        while (device.First < device.Seed.Length && device.IsDone[device.First])
            device.First++;
        device.Done.Add(task);
        device.ForwardsLeft -= task.IsForward ? 1 : 0;
        device.IsFilling &= task.IsForward;
        device.Held += InFlight.OnDevice(task.Kind);
        double end = now + _costs.Stages[stage].Of(task.Kind);
        device.Free = end;
        _events.Enqueue(d, (end, d));
        if (task.Kind == TaskKind.BackwardWeight)
            return;
        bool isForward = task.Kind == TaskKind.Forward;
        (isForward ? _forward : _backward)[stage][task.MicroBatch.Index] = end;
        foreach (int reader in (isForward ? _forwardReaders : _backwardReaders)[stage])
        {
            // Known from now on: whoever waits may fill the time until then.
            if (reader != d)
                _events.Enqueue(reader, (Math.Max(now, _devices[reader].Free), reader));
        }
    }

    private sealed class Device
    {
        public Device(ImmutableArray<ScheduleTask> seed)
        {
            Seed = seed;
            IsDone = new bool[seed.Length];
            Done = new(seed.Length);
            ForwardsLeft = seed.Count(t => t.IsForward);
            var slots = new Dictionary<(StageId, TaskKind), int>();
            Slot = new int[seed.Length];
            for (int i = 0; i < seed.Length; i++)
            {
                if (!slots.TryGetValue((seed[i].Stage, seed[i].Kind), out Slot[i]))
                    slots[(seed[i].Stage, seed[i].Kind)] = Slot[i] = slots.Count;
            }

            Looked = new int[slots.Count];
        }

        public ImmutableArray<ScheduleTask> Seed { get; }

        /// <summary>For each task of the seed the number of its stage and kind, counted on this device.</summary>
        public int[] Slot { get; }

        /// <summary>For each stage and kind the last look that came upon one; the first of a look is the one that can be next.</summary>
        public int[] Looked { get; }

        public int Look { get; set; }

        public bool[] IsDone { get; }

        public List<ScheduleTask> Done { get; }

        /// <summary>The first of the seed that is not done.</summary>
        public int First { get; set; }

        /// <summary>Activations.</summary>
        public int Held { get; set; }

        /// <summary>Whether it has run no backward yet.</summary>
        public bool IsFilling { get; set; } = true;

        public int ForwardsLeft { get; set; }

        /// <summary>When its last work so far ends.</summary>
        public double Free { get; set; }
    }
}
