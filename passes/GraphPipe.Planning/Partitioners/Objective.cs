using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>A stage before its costs are known.</summary>
/// <param name="MicroBatch">Samples of one forward, over all its devices.</param>
/// <param name="Recompute">Keep only what comes in from other stages, and run the forward again before the backward.</param>
public sealed record StageChoice(ImmutableArray<CostNodeId> Nodes, ImmutableArray<DeviceId> Devices, long MicroBatch, int K = 1, bool Recompute = false)
{
    /// <summary><see cref="Replica.Turn"/> of the devices.</summary>
    public int Turn { get; init; }

    /// <summary>What each of its devices has of its work.</summary>
    internal Replica Part => new(0, Devices.Length, Turn);
}

/// <summary>
/// The numbers of a plan, to the letter of the format <c>graphpipe-plan</c> (after GraphPipe, arXiv 2406.17145, section 4). The only place
/// that computes them; partitioners may estimate on the way, but answer with these.
/// </summary>
public static class Objective
{
    /// <summary>The plan that these stages make.</summary>
    /// <param name="stages">Disjoint, together all nodes, in a topological order.</param>
    /// <param name="schedule">Decides what is in flight.</param>
    public static PipelinePlan Evaluate(
        PartitionRequest request, ImmutableArray<StageChoice> stages, PipelineKind pipeline, string partitioner, ISchedule schedule)
    {
        var graph = request.Graph;
        var stageOf = StageSets.Membership(graph, [.. stages.Select(s => s.Nodes.Select(n => n.Value).ToArray())]);
        var traffic = new long[stages.Length];
        var incoming = new long[stages.Length];
        var bandwidth = new double[stages.Length];
        Array.Fill(bandwidth, double.PositiveInfinity);
        var edges = new SortedSet<(StageId From, StageId To)>();
        foreach (var value in graph.Values)
        {
            int from = stageOf[value.Producer.Value];
            foreach (int to in value.Consumers.Select(c => stageOf[c.Value]).Distinct())
            {
                if (to == from)
                    continue;
                edges.Add((new StageId(from), new StageId(to)));
                traffic[from] += value.BytesPerSample.Value;
                traffic[to] += value.BytesPerSample.Value;
                incoming[to] += value.BytesPerSample.Value;
            }
        }

        foreach (var (from, to) in edges)
        {
            double link = request.Topology.SlowestBetween(stages[from.Value].Devices.AsSpan(), stages[to.Value].Devices.AsSpan());
            bandwidth[from.Value] = Math.Min(bandwidth[from.Value], link);
            bandwidth[to.Value] = Math.Min(bandwidth[to.Value], link);
        }

        var shape = StageGraph.Of(request.MiniBatch, stages, [.. edges], pipeline);
        var inFlight = schedule.Resident(shape);
        var versions = schedule.Traits.IsAsynchronous && schedule.Generate(new(shape, request.Topology.Devices.Length), new DiagnosticBag()) is { } order
            ? ComputeActions.Staleness(order, stages.Length, stages[0].MicroBatch)
            : [];
        var names = StageNames.Of(graph, [.. stages.Select(s => s.Nodes)]);
        var planned = ImmutableArray.CreateBuilder<PipelineStage>(stages.Length);
        for (int i = 0; i < stages.Length; i++)
        {
            var stage = stages[i];
            planned.Add(new PipelineStage(
                new StageId(i),
                names[i],
                [.. stage.Nodes.Select(n => graph[n].Id)],
                [.. stage.Nodes.Select(n => graph[n].Name)],
                [.. stage.Devices.Select(d => request.Topology[d].Name)],
                stage.MicroBatch,
                stage.K,
                inFlight[i],
                TimePerSample(request, stage, traffic[i], bandwidth[i]),
                Memory(request, stage, inFlight[i], incoming[i], versions.IsEmpty ? 1 : versions[i].Versions),
                stage.Recompute)
            {
                Turn = stage.Turn,
            });
        }

        // A device is as slow as all its stages together.
        var load = new double[request.Topology.Devices.Length];
        for (int i = 0; i < stages.Length; i++)
        {
            foreach (var device in stages[i].Devices)
                load[device.Value] += planned[i].Tps.Value;
        }

        double LoadOf(PipelineStage stage) => stages[stage.Id.Value].Devices.Max(d => load[d.Value]);
        var slowestStage = planned.MaxBy(LoadOf)!;
        var slowest = new Microseconds(LoadOf(slowestStage));
        return new PipelinePlan(
            request.MiniBatch,
            partitioner,
            request.Schedule.Name,
            pipeline,
            request.InputSha256,
            planned.ToImmutable(),
            [.. edges],
            slowest,
            Iteration(request.MiniBatch, slowest, slowestStage.MicroBatch, LongestPath(planned, shape)),
            new PlanSearch(0, 0))
        {
            ShardOptimizer = request.ShardOptimizer,
        };
    }

    /// <summary><see cref="Validate"/> of a plan that a user gave, with a note of what it was compared with if it is not right.</summary>
    public static IEnumerable<Diagnostic> ValidateGiven(PartitionRequest request, PipelinePlan plan)
    {
        var faults = Validate(request, plan);
        return faults.Count == 0 ? faults : faults.Append(Diagnostic.Note(
            Codes.PlanMalformed,
            "the plan's numbers are recomputed from the model, the devices and the op times that are given with it",
            advice: "give the model, --devices, --optimizer and --profile that 'plan' got, and no --profile if it got none"));
    }

    /// <summary>
    /// Checks a plan, its own or somebody else's: every node in one stage, convex stages in a topological order (C1, C2), devices that exist
    /// and serve one stage (C3), sizes that divide, memory, and every number recomputed.
    /// </summary>
    /// <returns>Empty if the plan is right; GP3007, GP3003, GP3009 or GP3010 otherwise.</returns>
    public static IReadOnlyList<Diagnostic> Validate(PartitionRequest request, PipelinePlan plan)
    {
        var faults = new DiagnosticBag();
        var stages = PlanStructure.Read(request, plan, faults);
        var asked = request.Schedule.Name == plan.Schedule ? request.Schedule : plan.Schedule;
        var schedule = asked.Find(faults);
        if (faults.HasErrors || schedule is null)
            return faults.All;
        PlanStructure.CheckPlaces(plan, stages, schedule, faults);
        var right = Evaluate(request with { Schedule = asked, ShardOptimizer = plan.ShardOptimizer }, stages, plan.Pipeline, plan.Partitioner, schedule);
        void Compare(string what, double found, double expected)
        {
            if (!(Math.Abs(found - expected) <= 1e-9 * Math.Max(1, Math.Abs(expected))))
            {
                faults.Add(Diagnostic.Error(
                    Codes.PlanMalformed, string.Create(CultureInfo.InvariantCulture, $"{what} is {found:G9}, but should be {expected:G9}")));
            }
        }

        for (int i = 0; i < stages.Length; i++)
        {
            Compare($"in_flight of stage {i}", plan.Stages[i].InFlight, right.Stages[i].InFlight);
            Compare($"tps_us of stage {i}", plan.Stages[i].Tps.Value, right.Stages[i].Tps.Value);
            Compare($"memory_bytes of stage {i}", plan.Stages[i].Memory.Value, right.Stages[i].Memory.Value);
        }

        Compare("max_tps_us", plan.MaxTps.Value, right.MaxTps.Value);
        Compare("iteration_us", plan.Iteration.Value, right.Iteration.Value);
        if (!plan.Edges.Order().SequenceEqual(right.Edges))
            faults.Add(Diagnostic.Error(Codes.PlanMalformed, $"the edges are not those of the graph, {string.Join(", ", right.Edges.Select(e => $"{e.From.Value}-{e.To.Value}"))}"));
        faults.AddRange(OverMemory(request, right));
        return faults.All;
    }

    /// <summary>GP3009 for every device that has less than its stages need together.</summary>
    public static IEnumerable<Diagnostic> OverMemory(PartitionRequest request, PipelinePlan plan)
    {
        var limits = LimitsOf(request);
        return from stage in plan.Stages
               from device in stage.Devices
               group stage by device into stages
               let needed = stages.Aggregate(Bytes.Zero, (sum, s) => sum + s.Memory)
               where needed > limits[stages.Key]
               select Diagnostic.Error(
                   Codes.PlanOverMemory,
                   $"{string.Join(" and ", stages.Select(s => $"stage {s.Id.Value} '{s.Name}'"))} need{(stages.Count() == 1 ? "s" : " together")} {needed} at {string.Join(" and ", stages.Select(s => s.InFlight))} samples in flight; {stages.Key} has {limits[stages.Key]}",
                   advice: $"use more devices, a smaller micro-batch{(request.Recompute == RecomputeChoice.Off ? ", --recompute auto" : "")}, or an optimizer with less state");
    }

    /// <summary>What the fullest device needs, as a part of its limit.</summary>
    internal static double MemoryUse(PartitionRequest request, PipelinePlan plan)
    {
        var limits = LimitsOf(request);
        return plan.Stages.SelectMany(s => s.Devices, (s, d) => (Device: d, s.Memory)).GroupBy(s => s.Device).Max(g => g.Sum(s => (double)s.Memory.Value) / limits[g.Key].Value);
    }

    /// <summary>What the request asks to be small.</summary>
    public static double Value(PartitionRequest request, PipelinePlan plan) =>
        request.Objective == PlanObjective.Tps ? plan.MaxTps.Value : plan.Iteration.Value;

    private static Dictionary<string, Bytes> LimitsOf(PartitionRequest request)
    {
        var limits = new Dictionary<string, Bytes>();
        for (int d = 0; d < request.Topology.Devices.Length; d++)
            limits[request.Topology.Devices[d].Name] = request.LimitOf(new DeviceId(d));
        return limits;
    }

    /// <summary>Copies of the trained parameters on each of <paramref name="replicas"/> devices.</summary>
    internal static double State(PartitionRequest request, int replicas) =>
        request.ShardOptimizer ? 2 + (request.OptimizerState - 2) / replicas : request.OptimizerState;

    // Where stages share a device the longest path may leave out what it does beside; no mini-batch is faster than its busiest device.
    private static Microseconds Iteration(long miniBatch, Microseconds slowest, long microBatch, Microseconds path)
    {
        var filled = slowest * (miniBatch - microBatch) + path;
        var busy = slowest * miniBatch;
        return filled > busy ? filled : busy;
    }

    private static Microseconds TimePerSample(PartitionRequest request, StageChoice stage, long traffic, double bandwidth)
    {
        int d = stage.Devices.Length;
        long samples = stage.Part.PartOf(stage.MicroBatch);
        double compute = 0;
        foreach (var node in stage.Nodes)
            compute += request.Graph[node].Compute(samples).Value + (stage.Recompute ? request.Graph[node].Forward.At(samples).Value : 0);
        compute /= stage.Devices.Min(device => request.Topology[device].Speed);
        double communication = traffic == 0 ? 0 : 2.0 * traffic * samples / bandwidth;
        double allReduce = d == 1
            ? 0
            : 2.0 * (d - 1) / d * CostNode.TrainedBytes(stage.Nodes.Select(n => request.Graph[n])).Value / request.Topology.SlowestBetween(stage.Devices.AsSpan(), stage.Devices.AsSpan());
        // While one device has its turn, the others have theirs: together they get through d micro-batches in the time of one.
        return new Microseconds(Math.Max(compute, communication) / (d * samples) + allReduce / request.MiniBatch);
    }

    private static Bytes Memory(PartitionRequest request, StageChoice stage, long inFlight, long incoming, int versions)
    {
        var part = stage.Part;
        long saved = 0, frozen = 0, workspace = 0;
        foreach (var id in stage.Nodes)
        {
            var node = request.Graph[id];
            saved += node.SavedPerSample.Value;
            frozen += node.FrozenBytes.Value;
            workspace = Math.Max(workspace, node.Workspace.Value);
        }

        double trained = (State(request, part.Count) + versions - 1) * CostNode.TrainedBytes(stage.Nodes.Select(n => request.Graph[n])).Value;
        double kept = stage.Recompute ? (double)part.PartOf(inFlight) * incoming + (double)part.PartOf(stage.MicroBatch) * saved : (double)part.PartOf(inFlight) * saved;
        return new Bytes((long)Math.Ceiling(trained) + frozen + (long)Math.Ceiling(kept) + workspace);
    }

    private static Microseconds LongestPath(IReadOnlyList<PipelineStage> stages, StageGraph graph)
    {
        var successors = graph.Successors();
        var path = new double[stages.Count];
        for (int s = path.Length - 1; s >= 0; s--)
            path[s] = stages[s].SamplesAtOnce * stages[s].Tps.Value + successors[s].Select(n => path[n]).DefaultIfEmpty(0).Max();
        return new Microseconds(path.Max());
    }
}
