using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe;

/// <summary>Makes a partition into an execution plan that can be simulated, without compiling anything.</summary>
public static class PlanSimulation
{
    /// <summary>The lists of actions of a partition.</summary>
    /// <param name="request">With the graph the plan was made for: it says what travels. Null: the plan's edges, with messages of no size.</param>
    /// <param name="choice">The plan's schedule, if there is no request to say it.</param>
    /// <exception cref="DiagnosticException">GP3xxx: the schedule does not suit the plan, or the proof refuses it.</exception>
    public static ExecutionPlan Lower(PipelinePlan plan, PartitionRequest? request, ScheduleChoice choice)
    {
        var bag = new DiagnosticBag();
        var names = plan.Stages.SelectMany(s => s.Devices).Distinct().ToList();
        var devices = request?.Topology.Devices.Select(d => d.Name).ToList() ?? names;
        var mesh = new DeviceMesh([.. devices.Select(NameOf)]);
        var stages = PlanLowering.StagesOf(plan, devices);
        var channels = Replicated(plan, request is null ? OfEdges(plan) : OfValues(plan, request.Graph), request);
        var shape = StageGraph.From(plan.MiniBatch, stages, channels, plan.Pipeline);
        shape = shape with { Stages = [.. shape.Stages.Select(s => s with { K = plan[s.Id].K })] };
        var schedule = request is null ? choice.Find(bag)?.Generate(new(shape, mesh.Count), bag) : PlannedOrder.Of(request, plan, shape, mesh.Count, bag);
        bag.ThrowIfErrors();
        var lowered = PlanLowering.Lower(plan.MiniBatch, mesh, stages, channels, schedule!, bag);
        bag.ThrowIfErrors();
        return lowered!;
    }

    /// <summary>Costs from the plan alone: a third of a stage's time is its forward.</summary>
    public static SimulationCosts CostsOf(PipelinePlan plan)
    {
        StageTimes Times(PipelineStage s) => new(s.Tps * (s.SamplesAtOnce / 3.0), s.Tps * (s.SamplesAtOnce * 2 / 3.0), s.Tps * (s.SamplesAtOnce / 3.0), default);
        return new SimulationCosts([.. plan.Stages.SelectMany(s => Enumerable.Repeat(Times(s), s.Devices.Length))])
        {
            Memory = [.. plan.Stages.SelectMany(s => Enumerable.Repeat(new Planning.StageFootprint(s.Memory, Bytes.Zero), s.Devices.Length))],
        };
    }

    // Channels between replicas, and those on which replicas exchange their gradient sums and new values at the step.
    private static ImmutableArray<ChannelDecl> Replicated(PipelinePlan plan, ImmutableArray<ChannelDecl> channels, PartitionRequest? request)
    {
        var replication = PlanLowering.ReplicationOf(plan);
        var all = replication.Split(channels).Select(c => c.Piece).ToImmutableArray().ToBuilder();
        foreach (var stage in plan.Stages.Where(s => s.Devices.Length > 1))
        {
            int d = stage.Devices.Length;
            long bytes = request is null ? 0 : TrainedBytes(request.Graph, stage) / (plan.ShardOptimizer ? d : 1);
            var kinds = plan.ShardOptimizer ? new[] { ChannelKind.ParameterGradient, ChannelKind.ParameterValue } : [ChannelKind.ParameterGradient];
            foreach (var kind in kinds)
            {
                all.AddRange(
                    from pair in Enumerable.Range(0, d * d)
                    let ends = (From: pair / d, To: pair % d)
                    where ends.From != ends.To
                    select new ChannelDecl(
                        default, $"{stage.Name}.{kind}.{ends.From}-{ends.To}", kind, DType.U8, Shape.Of([bytes]), null, replication.StageOf(stage.Id, ends.From), replication.StageOf(stage.Id, ends.To), 1));
            }
        }

        return [.. all.Select((c, i) => c with { Id = new ChannelId(i) })];
    }

    private static long TrainedBytes(CostGraph graph, PipelineStage stage)
    {
        var own = stage.Nodes.ToHashSet();
        return CostNode.TrainedBytes(graph.Nodes.Where(n => own.Contains(n.Id))).Value;
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
