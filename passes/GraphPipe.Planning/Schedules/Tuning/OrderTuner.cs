using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// Searches orders of work for the shortest makespan within a limit: from what is known already and, for every placement, from one micro-batch after the other, which holds least.
/// <see cref="ListScheduler"/> makes candidates of each by many policies, <see cref="TabuOrderSearch"/> improves the best ones. Backwards are in two parts.
/// </summary>
internal sealed class OrderTuner
{
    /// <summary>Orders that are timed for each program that may be run.</summary>
    public const int OrdersPerCandidate = 100;

    // The best of each placement.
    private const int Improved = 4;

    // Work placed or timed altogether, which bounds the time of large problems to seconds.
    private const int WorkReordered = 2_000_000;
    private const int WorkTimed = 40_000_000;

    private static readonly ImmutableArray<ListPolicy> s_policies =
    [
        .. from overtaking in new[] { Overtaking.Always, Overtaking.WhileFilling }
           from overrun in new[] { 0, 0.5, 1 }
           from backwardFirst in new[] { false, true }
           from forwardOverrun in new[] { 1, 0.5, 0 }
           where overtaking == Overtaking.Always || (!backwardFirst && forwardOverrun == 1)
           select new ListPolicy(backwardFirst, overtaking, overrun, forwardOverrun, KeepsWeights: false),
    ];

    private readonly StageNeighbours _graph;
    private readonly ScheduleCosts _costs;
    private readonly int _limit;
    private readonly CancellationToken _cancellation;
    // By where the stages live: an order that is best for now says little of what becomes of one with another placement.
    private readonly SortedDictionary<string, BestOrders<OrderValue>> _best = new(StringComparer.Ordinal);

    private OrderTuner(TuningProblem problem, CancellationToken cancellation)
    {
        _graph = StageNeighbours.Chain(problem.Stages);
        _costs = problem.Costs;
        _limit = problem.Limit ?? int.MaxValue;
        _cancellation = cancellation;
    }

    /// <param name="known">Schedules within the limit.</param>
    /// <returns>Null if there is none.</returns>
    public static TunedSchedule? Run(TuningProblem problem, IEnumerable<TunedSchedule> known, CancellationToken cancellation)
    {
        var tuner = new OrderTuner(problem, cancellation);
        foreach (var schedule in known)
            tuner.Add(Split(schedule.Schedule.Devices));
        var seeds = tuner._best.Values.SelectMany(b => b.Orders).Where(HasOneCopy).Concat(Seeds(problem)).ToList();
        int work = 3 * problem.Stages * problem.MicroBatches, policies = Math.Clamp(WorkReordered / work / Math.Max(1, seeds.Count), 1, s_policies.Length);
        foreach (var seed in seeds)
        {
            for (int i = 0; i < policies; i++)
                tuner.Add(ListScheduler.Run(seed, tuner._graph, tuner._costs, tuner._limit, s_policies[i * s_policies.Length / policies], cancellation));
        }

        int trials = (int)Math.Min(problem.Candidates * (long)OrdersPerCandidate, WorkTimed / work);
        return tuner.Improve(trials) is { } rows ? TunedSchedule.Of(problem, new PipelineSchedule("tuned", rows), null, cancellation) : null;
    }

    private ImmutableArray<ImmutableArray<ScheduleTask>>? Improve(int trials)
    {
        var orders = _best.Values.SelectMany(b => b.Orders).ToList();
        var improved = new List<(ImmutableArray<ImmutableArray<ScheduleTask>> Rows, OrderValue Value)>();
        for (int i = 0; i < orders.Count; i++)
        {
            // Evenly, and what one leaves goes to those behind it.
            int share = trials / (orders.Count - i), left = share;
            improved.Add(TabuOrderSearch.Improve(orders[i], _graph, _costs, _limit, ref left, _cancellation));
            trials -= share - left;
        }

        return improved.Count > 0 ? improved.MinBy(o => o.Value).Rows : null;
    }

    private void Add(ImmutableArray<ImmutableArray<ScheduleTask>> order)
    {
        var timeline = ScheduleSimulator.Run(new PipelineSchedule("", order), _graph, _costs, cancellation: _cancellation);
        var value = new OrderValue(Math.Round(timeline.Makespan, 6), Math.Round(timeline.Devices.Sum(d => d.End), 6));
        string placement = string.Join(' ', order.Select(row => string.Join('+', row.Select(t => t.Stage.Value).Distinct().Order())));
        if (!_best.TryGetValue(placement, out var best))
            _best.Add(placement, best = new(Improved));
        best.Add(value, order);
    }

    /// <summary>One micro-batch after the other, on every placement that differs.</summary>
    private static IEnumerable<ImmutableArray<ImmutableArray<ScheduleTask>>> Seeds(TuningProblem problem)
    {
        if (problem.Limit < problem.StagesPerDevice)
            yield break;
        foreach (var kind in new[] { PlacementKind.OneStage, PlacementKind.Loop, PlacementKind.Wave })
        {
            // Of one stage a device all placements are the same.
            if ((kind == PlacementKind.OneStage) == (problem.StagesPerDevice == 1) && SchedulePlacement.Of(kind, problem.Stages, problem.Devices, out _) is { } placement)
                yield return OneByOne.Order(placement, problem.MicroBatches, TaskKind.BackwardInput, TaskKind.BackwardWeight);
        }
    }

    // A whole backward as its two parts one after the other takes no longer, and lets who waits for the first go on.
    private static ImmutableArray<ImmutableArray<ScheduleTask>> Split(ImmutableArray<ImmutableArray<ScheduleTask>> rows) =>
    [
        .. rows.Select(row => row.SelectMany(task => task.Kind == TaskKind.Backward
            ? new[] { task with { Kind = TaskKind.BackwardInput, WithNext = false }, task with { Kind = TaskKind.BackwardWeight, WithNext = false } }
            : [task with { WithNext = false }]).ToImmutableArray()),
    ];

    private static bool HasOneCopy(ImmutableArray<ImmutableArray<ScheduleTask>> rows) =>
        rows.SelectMany((row, d) => row.Select(t => (t.Stage, d))).Distinct().GroupBy(s => s.Stage).All(g => g.Count() == 1);
}
