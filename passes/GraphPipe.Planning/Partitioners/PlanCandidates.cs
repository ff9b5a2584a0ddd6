using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>Nodes on their way to become a stage, with the number of devices and the size of its micro-batches.</summary>
internal readonly record struct StageSet(IReadOnlyList<int> Nodes, int Replicas, long MicroBatch);

/// <summary>Nodes, their devices and the size of their micro-batches.</summary>
internal readonly record struct PlacedStage(IReadOnlyList<int> Nodes, IReadOnlyList<DeviceId> Devices, long MicroBatch);

/// <summary>Keeps the best of the plans that a partitioner comes upon, by the request's objective; plans over memory count only if nothing fits.</summary>
internal sealed class PlanCandidates(PartitionRequest request, PipelineKind pipeline, string partitioner, ISchedule schedule)
{
    private PipelinePlan? _best;
    private bool _bestFits;

    public PipelinePlan? Best => _best;

    /// <summary>Whether <see cref="Best"/> is within the devices' memory.</summary>
    public bool Fits => _bestFits;

    /// <summary>Judges stages given as sets of nodes; they get devices in order of the pipeline.</summary>
    /// <returns>The plan, or null if the sets have no topological order or need more devices than there are.</returns>
    public PipelinePlan? Add(IReadOnlyList<StageSet> sets)
    {
        if (Sort([.. sets.Select(s => s.Nodes)]) is not { } sorted)
            return null;
        var origin = sorted.Select(s => sets[s.Origin]).ToArray();
        if (origin.Sum(s => s.Replicas) > request.Topology.Devices.Length)
            return null;
        var devices = Assign(origin);
        return Judge([.. sorted.Select((s, i) => new StageChoice(s.Nodes, devices[i], origin[i].MicroBatch))]);
    }

    /// <summary>Judges stages that have their devices.</summary>
    /// <returns>The plan, or null if the sets have no topological order.</returns>
    public PipelinePlan? Add(IReadOnlyList<PlacedStage> stages) =>
        Sort([.. stages.Select(s => s.Nodes)]) is { } sorted
            ? Judge([.. sorted.Select(s => new StageChoice(s.Nodes, [.. stages[s.Origin].Devices], stages[s.Origin].MicroBatch))])
            : null;

    /// <summary>Judges a plan of somebody else's, as the request's own pipeline.</summary>
    public PipelinePlan? Add(PipelinePlan plan) => Add(StageLayout.Of(request, plan, plan.Stages.Length).ToStages());

    /// <summary>The best plan with the search's figures, or the reason why there is none.</summary>
    public PipelinePlan? Finish(PlanSearch search, DiagnosticBag diagnostics)
    {
        if (_best is null || _bestFits)
            return _best is null ? null : _best with { Search = search };
        diagnostics.AddRange(Objective.OverMemory(request, _best));
        return null;
    }

    private List<(ImmutableArray<CostNodeId> Nodes, int Origin)>? Sort(IReadOnlyList<IReadOnlyList<int>> sets)
    {
        if (StageSets.Sort(request.Graph, sets) is not { } sorted)
            return null;
        // Sorting permutes; the rest follows the first node.
        var setOf = StageSets.Membership(request.Graph, sets);
        return [.. sorted.Select(s => (s, setOf[s[0].Value]))];
    }

    private PipelinePlan Judge(StageChoice[] stages)
    {
        if (request.Recompute == RecomputeChoice.All)
            stages = [.. stages.Select(s => s with { Recompute = true })];
        var plan = Objective.Evaluate(request, [.. stages], pipeline, partitioner, schedule);
        if (request.Recompute == RecomputeChoice.Auto && Objective.OverMemory(request, plan).Any())
        {
            // What does not fit keeps less; what a stage has in flight does not depend on it.
            for (int i = 0; i < stages.Length; i++)
                stages[i] = stages[i] with { Recompute = stages[i].Devices.Any(d => plan.Stages[i].Memory > request.LimitOf(d)) };
            plan = Objective.Evaluate(request, [.. stages], pipeline, partitioner, schedule);
        }

        bool fits = !Objective.OverMemory(request, plan).Any();
        if (_best is null || (fits && !_bestFits) || (fits == _bestFits && IsBetter(plan, _best)))
            (_best, _bestFits) = (plan, fits);
        return plan;
    }

    private bool IsBetter(PipelinePlan plan, PipelinePlan than)
    {
        double a = Objective.Value(request, plan), b = Objective.Value(request, than);
        // Equal but for rounding: less in flight, then the earlier one.
        if (Math.Abs(a - b) > 1e-9 * b)
            return a < b;
        return plan.Stages.Sum(s => s.InFlight) < than.Stages.Sum(s => s.InFlight);
    }

    /// <summary>Devices in order of the pipeline, so that neighbours are near; if they are unlike, the most work to the fastest.</summary>
    private ImmutableArray<DeviceId>[] Assign(StageSet[] stages)
    {
        var devices = Enumerable.Range(0, request.Topology.Devices.Length).Select(i => new DeviceId(i)).ToArray();
        IEnumerable<int> order = Enumerable.Range(0, stages.Length);
        if (request.Topology.Devices.Any(d => d.Speed != request.Topology.Devices[0].Speed))
        {
            devices = [.. devices.OrderByDescending(d => request.Topology[d].Speed)];
            order = order.OrderByDescending(s => stages[s].Nodes.Sum(n => request.Graph.Nodes[n].Compute(stages[s].MicroBatch / stages[s].Replicas).Value));
        }

        var result = new ImmutableArray<DeviceId>[stages.Length];
        int next = 0;
        foreach (int s in order)
        {
            result[s] = [.. devices[next..(next + stages[s].Replicas)]];
            next += stages[s].Replicas;
        }

        return result;
    }
}
