using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>
/// An order for given costs and a limit of activations: <see cref="ListScheduler"/> makes candidates of some seeds by many policies, and of its best ones
/// again; <see cref="LocalOrderSearch"/> improves the best few. Judged by the longest own span of a device (what a step takes once steps follow one
/// another without a pause), then by the sum of all own spans, then by the makespan.
/// </summary>
internal sealed class CostAwareOrder
{
    private const int Improved = 6;
    private const int Trials = 300;

    // Tasks placed or timed altogether, which bounds the time of large schedules to seconds.
    private const int TasksReordered = 1_000_000;
    private const int TasksTried = 400_000;

    private static readonly ImmutableArray<ListPolicy> s_policies =
    [
        .. from overrun in new[] { 0, 0.25, 0.5, 0.75, 1 }
           from overtaking in Enum.GetValues<Overtaking>()
           from backwardFirst in new[] { false, true }
           from forwardOverrun in new[] { 1, 0.5, 0 }
           from keepsWeights in new[] { false, true }
           where overtaking == Overtaking.Always || (!backwardFirst && forwardOverrun == 1)
           select new ListPolicy(backwardFirst, overtaking, overrun, forwardOverrun, keepsWeights),
    ];

    private readonly StageNeighbours _graph;
    private readonly ScheduleCosts _costs;
    private readonly int _limit;
    private readonly BestOrders<(double OwnSpan, double Sum, double Makespan)> _best = new(Improved);
    private readonly ImmutableArray<ListPolicy> _policies;
    private readonly CancellationToken _cancellation;

    private CostAwareOrder(ScheduleProblem problem, int limit, int policies)
    {
        // All of them, or evenly spread ones.
        int step = (s_policies.Length + policies - 1) / policies;
        _policies = [.. s_policies.Where((_, i) => i % step == 0)];
        _graph = StageNeighbours.Of(problem.Request.Graph);
        _costs = problem.Costs;
        _cancellation = problem.Request.Cancellation;
        _limit = limit;
    }

    /// <param name="seeds">Valid orders within the limit; each is a candidate itself.</param>
    /// <param name="limit">Activations that a device may hold.</param>
    public static ImmutableArray<ImmutableArray<ScheduleTask>> Of(ScheduleProblem problem, ImmutableArray<ImmutableArray<ImmutableArray<ScheduleTask>>> seeds, int limit)
    {
        int tasks = seeds[0].Sum(row => row.Length);
        var search = new CostAwareOrder(problem, limit, Math.Max(4, TasksReordered / seeds.Length / Math.Max(1, tasks)));
        foreach (var seed in seeds)
        {
            search.Add(seed);
            search.Reorder(seed);
        }

        for (int i = 0; i < 4; i++)
        {
            var before = search._best.Value;
            search.Reorder(search._best.Order);
            if (search._best.Value == before)
                break;
        }

        int trials = Math.Min(Trials, TasksTried / Math.Max(1, tasks));
        foreach (var order in search._best.Orders.ToArray())
            search.Add(LocalOrderSearch.Improve(order, search._graph, search._costs, limit, trials, search._cancellation));
        return search._best.Order;
    }

    private void Reorder(ImmutableArray<ImmutableArray<ScheduleTask>> seed)
    {
        foreach (var policy in _policies)
            Add(ListScheduler.Run(seed, _graph, _costs, _limit, policy, _cancellation));
    }

    private void Add(ImmutableArray<ImmutableArray<ScheduleTask>> order) =>
        _best.Add(LocalOrderSearch.Value(ScheduleSimulator.Run(new PipelineSchedule("", order), _graph, _costs, cancellation: _cancellation)), order);
}
