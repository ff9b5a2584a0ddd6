using System.Collections.Immutable;
using System.Diagnostics;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>Nodes on their way to become a stage, with the number of devices and the size of its micro-batches.</summary>
internal readonly record struct StageSet(IReadOnlyList<int> Nodes, int Replicas, long MicroBatch);

/// <summary>Nodes, their devices and the size of their micro-batches.</summary>
internal readonly record struct PlacedStage(IReadOnlyList<int> Nodes, IReadOnlyList<DeviceId> Devices, long MicroBatch);

/// <summary>
/// A partitioner's search from its beginning to its answer: keeps the best of the plans that it comes upon, by the request's objective; where nothing
/// fits, the one that is least over its devices' memory, which says what stands in the way.
/// </summary>
internal sealed class PlanCandidates
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly PartitionRequest _request;
    private readonly PipelineKind _pipeline;
    private readonly string _partitioner;
    private PipelinePlan? _best;
    private bool _bestFits;

    private PlanCandidates(PartitionRequest request, PipelineKind pipeline, string partitioner, ISchedule schedule, ImmutableArray<long> sizes)
    {
        _request = request;
        _pipeline = pipeline;
        _partitioner = partitioner;
        Schedule = schedule;
        Sizes = sizes;
    }

    /// <summary>The micro-batch sizes to try, ascending.</summary>
    public ImmutableArray<long> Sizes { get; }

    public ISchedule Schedule { get; }

    public PipelinePlan? Best => _best;

    /// <summary>Whether <see cref="Best"/> is within the devices' memory.</summary>
    public bool Fits => _bestFits;

    /// <summary>Begins a search; its time runs from here.</summary>
    /// <param name="pipeline">How the partitioner's stages run.</param>
    /// <param name="partitioner">Its name.</param>
    /// <param name="stages">The number of stages that there must be nodes and devices for; null for what the request says, or one.</param>
    /// <returns>Null, with the reason in <paramref name="diagnostics"/>, if the request can't be met at all: GP3003, GP3005 or GP3011.</returns>
    public static PlanCandidates? Begin(PartitionRequest request, PipelineKind pipeline, string partitioner, DiagnosticBag diagnostics, int? stages = null)
    {
        var sizes = request.MicroBatchSizes(diagnostics);
        var schedule = request.Schedule.Find(diagnostics);
        return sizes.IsEmpty || schedule is null || !StageCount.IsPossible(request, stages ?? request.Stages ?? 1, diagnostics)
            ? null
            : new PlanCandidates(request, pipeline, partitioner, schedule, sizes);
    }

    /// <summary>The same without any plan yet.</summary>
    public PlanCandidates Fresh() => new(_request, _pipeline, _partitioner, Schedule, Sizes);

    /// <summary>Judges stages given as sets of nodes; they get devices in order of the pipeline.</summary>
    /// <returns>The plan, or null if the sets have no topological order or need more devices than there are.</returns>
    public PipelinePlan? Add(IReadOnlyList<StageSet> sets)
    {
        if (Sort([.. sets.Select(s => s.Nodes)]) is not { } sorted)
            return null;
        var origin = sorted.Select(s => sets[s.Origin]).ToArray();
        if (origin.Sum(s => s.Replicas) > _request.Topology.Devices.Length)
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
    public PipelinePlan? Add(PipelinePlan plan) => Add(StageLayout.Of(_request, plan, plan.Stages.Length).ToStages());

    /// <summary>The best plan with the search's figures, or the reason why there is none.</summary>
    /// <param name="states">Sub-problems or layouts looked at.</param>
    /// <param name="lowerBound">What no plan can beat, where that is known.</param>
    public PipelinePlan? Finish(long states, DiagnosticBag diagnostics, Microseconds? lowerBound = null)
    {
        if (_best is null || _bestFits)
            return _best is null ? null : _best with { Search = new PlanSearch(_watch.Elapsed.TotalSeconds, states) { LowerBound = lowerBound } };
        diagnostics.AddRange(Objective.OverMemory(_request, _best));
        return null;
    }

    private List<(ImmutableArray<CostNodeId> Nodes, int Origin)>? Sort(IReadOnlyList<IReadOnlyList<int>> sets)
    {
        if (StageSets.Sort(_request.Graph, sets) is not { } sorted)
            return null;
        // Sorting permutes; the rest follows the first node.
        var setOf = StageSets.Membership(_request.Graph, sets);
        return [.. sorted.Select(s => (s, setOf[s[0].Value]))];
    }

    private PipelinePlan Judge(StageChoice[] stages)
    {
        _request.Cancellation.ThrowIfCancellationRequested();
        if (_request.Recompute == RecomputeChoice.All)
            stages = [.. stages.Select(s => s with { Recompute = true })];
        var plan = Objective.Evaluate(_request, [.. stages], _pipeline, _partitioner, Schedule);
        if (_request.Recompute == RecomputeChoice.Auto && Objective.OverMemory(_request, plan).Any())
        {
            // What does not fit keeps less; what a stage has in flight does not depend on it.
            for (int i = 0; i < stages.Length; i++)
                stages[i] = stages[i] with { Recompute = stages[i].Devices.Any(d => plan.Stages[i].Memory > _request.LimitOf(d)) };
            plan = Objective.Evaluate(_request, [.. stages], _pipeline, _partitioner, Schedule);
        }

        bool fits = !Objective.OverMemory(_request, plan).Any();
        if (_best is null || (fits && !_bestFits) || (fits == _bestFits && (fits ? IsBetter(plan, _best) : IsNearer(plan, _best))))
            (_best, _bestFits) = (plan, fits);
        return plan;
    }

    private bool IsNearer(PipelinePlan plan, PipelinePlan than)
    {
        double a = Objective.MemoryUse(_request, plan), b = Objective.MemoryUse(_request, than);
        return a < b || (a == b && IsBetter(plan, than));
    }

    private bool IsBetter(PipelinePlan plan, PipelinePlan than)
    {
        double a = Objective.Value(_request, plan), b = Objective.Value(_request, than);
        // Equal but for rounding: less in flight, then the earlier one.
        if (Math.Abs(a - b) > 1e-9 * b)
            return a < b;
        return plan.Stages.Sum(s => s.InFlight) < than.Stages.Sum(s => s.InFlight);
    }

    /// <summary>Devices in order of the pipeline, replicas in one node where they fit; if they are unlike, the most work to the fastest.</summary>
    private ImmutableArray<DeviceId>[] Assign(StageSet[] stages)
    {
        var topology = _request.Topology;
        if (topology.HasOneSpeed)
            return [.. new DeviceArrangement(topology).Of([.. stages.Select(s => s.Replicas)]).Select(d => d.ToImmutableArray())];
        DeviceId[] devices = [.. Enumerable.Range(0, topology.Devices.Length).Select(i => new DeviceId(i)).OrderByDescending(d => topology[d].Speed)];
        var result = new ImmutableArray<DeviceId>[stages.Length];
        int next = 0;
        foreach (int s in Enumerable.Range(0, stages.Length).OrderByDescending(s => stages[s].Nodes.Sum(n => _request.Graph.Nodes[n].Compute(stages[s].MicroBatch / stages[s].Replicas).Value)))
        {
            result[s] = [.. devices[next..(next + stages[s].Replicas)]];
            next += stages[s].Replicas;
        }

        return result;
    }
}
