using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// A partition for a schedule with a placement of its own. The model is cut as if every stage had a device to itself, like the one that the
/// schedule puts it on; then the stages go where the schedule says, and <see cref="Objective"/> judges the whole. Every size of micro-batches
/// that the schedule can order is tried.
/// </summary>
public static class PlacedPartition
{
    // What the search takes for what is in flight; the schedule's own figures count in the end.
    private const string SearchedAs = "1f1b";

    /// <param name="request">With <see cref="PartitionRequest.Stages"/> null, two stages per device where the schedule takes them.</param>
    /// <returns>A plan in whose stages devices may repeat; null with GP3xxx in <paramref name="diagnostics"/> if there is none.</returns>
    public static PipelinePlan? Find(IPartitioner partitioner, PartitionRequest request, DiagnosticBag diagnostics)
    {
        if (request.Schedule.Find(diagnostics) is not { } schedule)
            return null;
        if (schedule.Traits is { Placement: PlacementKind.OneStage, TakesUnlikeMicroBatches: true })
            return partitioner.Partition(request, diagnostics);
        if (schedule is TableSchedule table && request.MicroBatch == MicroBatchChoice.Automatic)
            request = request with { MicroBatch = MicroBatchChoice.Of(table.MicroBatches) };
        var sizes = request.MicroBatchSizes(diagnostics);
        if (sizes.IsEmpty)
            return null;
        PipelinePlan? best = null;
        var refusals = new DiagnosticBag();
        foreach (int stages in Counts(request, schedule))
        {
            refusals = new DiagnosticBag();
            foreach (long size in sizes)
            {
                if (Try(partitioner, request, schedule, stages, size, refusals) is { } plan && (best is null || Objective.Value(request, plan) < Objective.Value(request, best)))
                    best = plan;
            }

            if (best is not null)
                return best;
        }

        diagnostics.AddRange(refusals.All.DistinctBy(d => d.Message));
        return null;
    }

    // Numbers of stages to try, the first that has a plan counts.
    private static IEnumerable<int> Counts(PartitionRequest request, ISchedule schedule)
    {
        int devices = request.Topology.Devices.Length;
        if (request.Stages is { } given)
            return [given];
        if (!request.Cuts.IsEmpty)
            return [request.Cuts.Length + 1, request.Cuts.Length];
        if (schedule is TableSchedule table)
            return [table.Stages];
        return schedule.Traits.Placement is PlacementKind.OneStage or PlacementKind.Bidirectional ? [devices] : [2 * devices, devices];
    }

    private static PipelinePlan? Try(IPartitioner partitioner, PartitionRequest request, ISchedule schedule, int stages, long size, DiagnosticBag refusals)
    {
        if (schedule.Place(stages, request.Topology.Devices.Length, refusals) is not { } placement)
            return null;
        var (cut, why) = Cut(partitioner, request, placement, size);
        if (cut is null)
        {
            refusals.AddRange(why);
            return null;
        }

        var position = new Dictionary<int, CostNodeId>();
        for (int i = 0; i < request.Graph.Nodes.Length; i++)
            position.Add(request.Graph.Nodes[i].Id, new CostNodeId(i));
        ImmutableArray<StageChoice> choices =
            [.. cut.Stages.Select(s => new StageChoice([.. s.Nodes.Select(n => position[n])], [placement[s.Id]], s.MicroBatch, s.K, s.Recompute))];
        var graph = StageGraph.Of(request.MiniBatch, choices, cut.Edges, cut.Pipeline);
        if (schedule.Generate(new(graph, request.Topology.Devices.Length), refusals) is not { } order || SumOrder.Of(order, graph, refusals) is null)
            return null;
        if (placement.Copies > 1)
        {
            if (CopyTurns.Of(order, placement, refusals) is not { } turn)
                return null;
            choices = [.. choices.Select((c, s) => c with { Devices = [.. Enumerable.Range(0, placement.Copies).Select(copy => placement[new(s), copy])], Turn = turn })];
        }

        foreach (var task in order.Devices.SelectMany(d => d).Where(t => !t.IsCompute && !t.IsCopy).Take(1))
        {
            refusals.Add(Diagnostic.Error(
                Codes.ScheduleUnsuitable, $"the schedule '{request.Schedule}' says '{task}', which is drawn and simulated but not executed", advice: "choose a schedule of forwards, backwards and copies to the host alone"));
            return null;
        }

        var plan = Objective.Evaluate(request, choices, cut.Pipeline, cut.Partitioner, schedule) with { Search = cut.Search with { LowerBound = null } };
        var over = Objective.OverMemory(request, plan).ToList();
        refusals.AddRange(over);
        return over.Count == 0 ? plan : null;
    }

    // With an equal share of its device's memory for every stage, else as if memory did not matter: uneven stages may still fit together.
    private static (PipelinePlan? Plan, IReadOnlyList<Diagnostic> Why) Cut(IPartitioner partitioner, PartitionRequest request, SchedulePlacement placement, long size)
    {
        IReadOnlyList<Diagnostic> why = [];
        var devices = Enumerable.Range(0, placement.Stages).Select(s => placement[new StageId(s)]).ToList();
        long most = placement.Copies * devices.GroupBy(d => d).Max(g => g.Count());
        foreach (var share in new[] { new Bytes(devices.Min(d => request.LimitOf(d).Value) / most), new Bytes(long.MaxValue) })
        {
            var bag = new DiagnosticBag();
            var spread = request with
            {
                Topology = request.Topology with { Devices = [.. devices.Select((d, s) => request.Topology[d] with { Name = string.Create(CultureInfo.InvariantCulture, $"{request.Topology[d].Name}/{s}") })] },
                Stages = placement.Stages,
                MaxReplicas = 1,
                MicroBatch = MicroBatchChoice.Size(size),
                MemoryLimit = share,
                Schedule = SearchedAs,
            };
            if (partitioner.Partition(spread, bag) is { } plan)
                return (plan, []);
            why = bag.All;
        }

        return (null, why);
    }
}
