using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>The validity of a plan apart from its numbers: C1 to C3 of the planning design, and that sizes divide.</summary>
internal static class PlanStructure
{
    /// <summary>The plan's stages in terms of the request's graph and devices.</summary>
    /// <returns>What could be read; worth something only if no error was added.</returns>
    public static ImmutableArray<StageChoice> Read(PartitionRequest request, PipelinePlan plan, DiagnosticBag faults)
    {
        var nodes = new Dictionary<int, CostNodeId>();
        for (int i = 0; i < request.Graph.Nodes.Length; i++)
            nodes.TryAdd(request.Graph.Nodes[i].Id, new CostNodeId(i));
        var devices = new Dictionary<string, DeviceId>();
        for (int i = 0; i < request.Topology.Devices.Length; i++)
            devices.TryAdd(request.Topology.Devices[i].Name, new DeviceId(i));
        void Error(string code, string message) => faults.Add(Diagnostic.Error(code, message));

        var stages = ImmutableArray.CreateBuilder<StageChoice>();
        if (plan.Stages.Length == 0)
            Error(Codes.PlanMalformed, "the plan has no stages");
        if (plan.MiniBatch != request.MiniBatch)
            Error(Codes.PlanMalformed, $"the plan is for a mini-batch of {plan.MiniBatch} samples, not {request.MiniBatch}");
        foreach (var stage in plan.Stages)
        {
            string place = $"stage {stage.Id.Value}";
            foreach (int id in stage.Nodes.Where(id => !nodes.ContainsKey(id)))
                Error(Codes.PlanMalformed, $"{place} has node {id}, which does not exist");
            foreach (string name in stage.Devices.Where(name => !devices.ContainsKey(name)))
                Error(Codes.PlanMalformed, $"{place} is on device '{name}', which does not exist");
            if (stage.Nodes.Length == 0 || stage.Devices.Length == 0)
                Error(Codes.PlanMalformed, $"{place} has no {(stage.Nodes.Length == 0 ? "nodes" : "devices")}");
            else if (stage.MicroBatch < 1 || request.MiniBatch % stage.MicroBatch != 0 || (stage.Turn == 0 && stage.MicroBatch % stage.Devices.Length != 0))
                Error(Codes.MicroBatchUneven, $"{place} has micro-batches of {stage.MicroBatch} samples on {stage.Devices.Length} devices, with a mini-batch of {request.MiniBatch}");
            stages.Add(new StageChoice(
                [.. stage.Nodes.Where(nodes.ContainsKey).Select(id => nodes[id])],
                [.. stage.Devices.Where(devices.ContainsKey).Select(name => devices[name])],
                stage.MicroBatch,
                stage.K,
                stage.Recompute)
            {
                Turn = stage.Turn,
            });
        }

        CheckNodes(request.Graph, stages, faults);
        return stages.ToImmutable();
    }

    /// <summary>C3: stages are where the schedule places them; with one stage per device, on devices of their own. GP3007 otherwise.</summary>
    public static void CheckPlaces(PipelinePlan plan, ImmutableArray<StageChoice> stages, ISchedule schedule, DiagnosticBag faults)
    {
        if (schedule.Traits.Placement == PlacementKind.OneStage)
        {
            foreach (var shared in plan.Stages.SelectMany(s => s.Devices).GroupBy(d => d).Where(g => g.Count() > 1))
                faults.Add(Diagnostic.Error(Codes.PlanMalformed, $"{shared.Count()} stages are on device '{shared.Key}'", advice: $"the schedule '{plan.Schedule}' runs one stage per device"));
            return;
        }

        int devices = stages.SelectMany(s => s.Devices).Distinct().Count();
        var graph = StageGraph.Of(plan.MiniBatch, stages, plan.Edges, plan.Pipeline);
        if (schedule.Place(stages.Length, devices, faults) is not { } placement || PlacementCheck.Match(plan.Schedule, placement, graph, faults) is not { } mesh)
            return;
        foreach (var stage in plan.Stages)
        {
            var wanted = Enumerable.Range(0, placement.Copies).Select(copy => mesh[placement[stage.Id, copy].Value]);
            if (!stages[stage.Id.Value].Devices.SequenceEqual(wanted) || stage.Turn > 0 != placement.Copies > 1)
                faults.Add(Diagnostic.Error(Codes.PlanMalformed, $"stage {stage.Id.Value} is on {stage.Devices.Length} devices{(stage.Turn > 0 ? ", in turns" : "")}, which is not where the schedule '{plan.Schedule}' has it"));
        }
    }

    private static void CheckNodes(CostGraph graph, IReadOnlyList<StageChoice> stages, DiagnosticBag faults)
    {
        var stageOf = new int[graph.Nodes.Length];
        Array.Fill(stageOf, -1);
        for (int s = 0; s < stages.Count; s++)
        {
            foreach (var node in stages[s].Nodes)
            {
                if (stageOf[node.Value] >= 0)
                    faults.Add(Diagnostic.Error(Codes.PlanMalformed, $"node '{graph[node].Name}' is in stage {stageOf[node.Value]} and in stage {s}"));
                stageOf[node.Value] = s;
            }
        }

        for (int i = 0; i < stageOf.Length; i++)
        {
            if (stageOf[i] < 0)
                faults.Add(Diagnostic.Error(Codes.PlanMalformed, $"node '{graph.Nodes[i].Name}' is in no stage"));
        }

        if (faults.HasErrors)
            return;
        // Edges that run forwards in the list make a list in topological order, an acyclic stage graph, and so convex stages: a path that
        // left a stage and came back would have to run backwards somewhere.
        foreach (var edge in graph.Edges)
        {
            int from = stageOf[edge.From.Value], to = stageOf[edge.To.Value];
            if (from > to)
            {
                faults.Add(Diagnostic.Error(
                    Codes.StageNotConvex,
                    $"'{graph[edge.From].Name}' of stage {from} feeds '{graph[edge.To].Name}' of stage {to}, which stands before it",
                    advice: "stages are convex, their graph has no cycle, and they are listed in a topological order"));
            }
        }
    }
}
