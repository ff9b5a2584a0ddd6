using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe;

/// <summary>Makes a partition into an execution plan that can be simulated, without compiling anything.</summary>
public static class PlanSimulation
{
    /// <summary>The lists of actions of a partition.</summary>
    /// <param name="request">With the graph the plan was made for: it says what travels. Null: the plan's edges, with messages of no size.</param>
    /// <exception cref="DiagnosticException">GP3xxx: the schedule does not suit the plan, or the proof refuses it.</exception>
    public static ExecutionPlan Lower(PipelinePlan plan, PartitionRequest? request)
    {
        var bag = new DiagnosticBag();
        if (plan.Stages.FirstOrDefault(s => s.Devices.Length > 1) is { } replicated)
            throw new DiagnosticException(Diagnostic.Error(Codes.ScheduleUnsuitable, $"stage '{replicated.Name}' has {replicated.Devices.Length} replicas, which can't be simulated yet", advice: "plan without replicas"));
        var names = plan.Stages.SelectMany(s => s.Devices).Distinct().ToList();
        var devices = request?.Topology.Devices.Select(d => d.Name).ToList() ?? names;
        var mesh = new DeviceMesh([.. devices.Select(NameOf)]);
        ImmutableArray<PlannedStage> stages = [.. plan.Stages.Select(s => new PlannedStage(s.Id, s.Name, new DeviceId(devices.IndexOf(s.Devices[0])), s.MicroBatch, s.InFlight))];
        var channels = request is null ? OfEdges(plan) : OfValues(plan, request.Graph);
        var shape = StageGraph.From(plan.MiniBatch, stages, channels, plan.Pipeline);
        shape = shape with { Stages = [.. shape.Stages.Select(s => s with { K = plan[s.Id].K })] };
        var schedule = ScheduleTable.Find(plan.Schedule, bag)?.Generate(shape, mesh.Count, bag);
        bag.ThrowIfErrors();
        var lowered = PlanLowering.Lower(plan.MiniBatch, mesh, stages, channels, schedule!, bag);
        bag.ThrowIfErrors();
        return lowered!;
    }

    /// <summary>Costs from the plan alone: a third of a stage's time is its forward.</summary>
    public static SimulationCosts CostsOf(PipelinePlan plan)
    {
        StageTimes Times(PipelineStage s) => new(s.Tps * (s.MicroBatch / 3.0), s.Tps * (s.MicroBatch * 2 / 3.0), s.Tps * (s.MicroBatch / 3.0), default);
        return new SimulationCosts([.. plan.Stages.Select(Times)]) { Memory = [.. plan.Stages.Select(s => new Planning.StageFootprint(s.Memory, Bytes.Zero))] };
    }

    private static DeviceName NameOf(string text, int position) => text.Contains(':', StringComparison.Ordinal) ? DeviceName.Parse(text) : new DeviceName(text, position);

    private static ImmutableArray<ChannelDecl> OfEdges(PipelinePlan plan) => [.. plan.Edges.SelectMany((e, i) => Pair(2 * i, $"{plan[e.From].Name}-{plan[e.To].Name}", Bytes.Zero, e.From, e.To))];

    private static ImmutableArray<ChannelDecl> OfValues(PipelinePlan plan, CostGraph graph)
    {
        var byId = plan.Stages.SelectMany(s => s.Nodes.Select(n => (Node: n, s.Id))).ToDictionary(p => p.Node, p => p.Id);
        var channels = ImmutableArray.CreateBuilder<ChannelDecl>();
        foreach (var value in graph.Values)
        {
            var from = byId[graph[value.Producer].Id];
            foreach (var to in value.Consumers.Select(c => byId[graph[c].Id]).Distinct().Where(s => s != from).Order())
                channels.AddRange(Pair(channels.Count, $"{graph[value.Producer].Name}-{plan[to].Name}", value.BytesPerSample, from, to));
        }

        return channels.ToImmutable();
    }

    // A value and its gradient. One byte per element, so that the shape says the size.
    private static IEnumerable<ChannelDecl> Pair(int first, string name, Bytes perSample, StageId from, StageId to)
    {
        var shape = Shape.Create([Dim.Batch, perSample.Value]);
        yield return new ChannelDecl(new(first), name, ChannelKind.Activation, DType.U8, shape, BatchLayout.Leading, from, to, 1);
        yield return new ChannelDecl(new(first + 1), name + ".grad", ChannelKind.Gradient, DType.U8, shape, BatchLayout.Leading, to, from, 1);
    }
}
