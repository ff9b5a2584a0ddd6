using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>Execution plans from partitions, with the channels that a compiler would declare.</summary>
internal static class Lowered
{
    /// <summary>An activation and a gradient per edge; a parameter shared by the first and the last stage, owned by the first.</summary>
    public static ImmutableArray<ChannelDecl> Channels(IEnumerable<(StageId From, StageId To)> edges, int stages)
    {
        var channels = ImmutableArray.CreateBuilder<ChannelDecl>();
        void Add(ChannelKind kind, StageId from, StageId to) => channels.Add(new ChannelDecl(
            new(channels.Count), $"{kind}{from.Value}-{to.Value}", kind, DType.F32, Shape.Parse("[N,1]"), BatchLayout.Leading, from, to, 0));
        foreach (var (from, to) in edges)
        {
            Add(ChannelKind.Activation, from, to);
            Add(ChannelKind.Gradient, to, from);
        }

        if (stages > 1)
        {
            Add(ChannelKind.ParameterGradient, new(stages - 1), new(0));
            Add(ChannelKind.ParameterValue, new(0), new(stages - 1));
        }

        return channels.ToImmutable();
    }

    /// <param name="microBatch">Samples of the micro-batches of each stage; null for the plan's.</param>
    /// <param name="replicas">How many replicas share a stage with so many samples; null for none.</param>
    public static ExecutionPlan Of(PipelinePlan plan, string schedule, Func<int, long>? microBatch = null, Func<int, long, int>? replicas = null)
    {
        int next = 0;
        plan = plan with
        {
            Stages =
            [
                .. from stage in plan.Stages
                   let size = microBatch?.Invoke(stage.Id.Value) ?? stage.MicroBatch
                   let count = replicas?.Invoke(stage.Id.Value, size) ?? 1
                   select stage with { MicroBatch = size, Devices = [.. Enumerable.Range(0, count).Select(_ => $"d{next++}")] },
            ],
        };
        var stages = PlanLowering.StagesOf(plan, [.. Enumerable.Range(0, next).Select(d => $"d{d}")]);
        return Of(plan.MiniBatch, stages, Channels(plan), schedule, plan.Pipeline);
    }

    // Every replica of the first stage steps the shared parameter itself; those of the last get its value from the first of them.
    private static ImmutableArray<ChannelDecl> Channels(PipelinePlan plan)
    {
        var replication = PlanLowering.ReplicationOf(plan);
        var values = replication.Split(Channels(plan.Edges, 1)).Select(c => c.Piece).ToList();
        var shared = Channels([], 2);
        var (first, last) = (plan.Stages[0], plan.Stages[^1]);
        IEnumerable<StageId> All(PipelineStage stage) => Enumerable.Range(0, stage.Devices.Length).Select(r => replication.StageOf(stage.Id, r));
        void Add(ChannelDecl like, StageId from, StageId to) => values.Add(like with { Id = new(values.Count), Name = $"{like.Kind}{from.Value}-{to.Value}", From = from, To = to });
        foreach (var owner in All(first))
        {
            foreach (var other in All(first).Concat(All(last)).Distinct().Where(o => o != owner))
                Add(shared[0], other, owner);
        }

        foreach (var other in All(last).Where(_ => first != last))
            Add(shared[1], replication.StageOf(first.Id, 0), other);
        return [.. values];
    }

    public static ExecutionPlan Of(
        long miniBatch, ImmutableArray<PlannedStage> stages, ImmutableArray<ChannelDecl> channels, string schedule, PipelineKind pipeline = PipelineKind.Graph)
    {
        var diagnostics = new DiagnosticBag();
        var order = ScheduleTable.Find(schedule, diagnostics)!.Generate(new(StageGraph.From(miniBatch, stages, channels, pipeline), stages.Length), diagnostics);
        Assert.True(order is not null, string.Join('\n', diagnostics.All));
        var lowered = PlanLowering.Lower(miniBatch, DeviceMesh.Cpu(stages.Length), stages, channels, order, diagnostics);
        Assert.True(lowered is not null, string.Join('\n', diagnostics.All));
        return lowered;
    }

    /// <summary>A graph of stages in an order of one's own.</summary>
    public static ExecutionPlan Of(StageGraph graph, ImmutableArray<ImmutableArray<ScheduleTask>> order)
    {
        var diagnostics = new DiagnosticBag();
        var stages = graph.Stages.Select(s => new PlannedStage(s.Id, $"s{s.Id.Value}", s.Device, s.MicroBatch, 0)).ToImmutableArray();
        var lowered = PlanLowering.Lower(graph.MiniBatch, DeviceMesh.Cpu(order.Length), stages, Channels(graph.Edges, 1), new PipelineSchedule("own", order), diagnostics);
        Assert.True(lowered is not null, string.Join('\n', diagnostics.All));
        return lowered;
    }

    public static ExecutionPlan Chain(int stages, int microBatches, string schedule, long microBatch = 1) => Of(
        microBatches * microBatch,
        [.. Enumerable.Range(0, stages).Select(i => new PlannedStage(new(i), $"s{i}", new(i), microBatch, 0))],
        Channels(Enumerable.Range(0, stages - 1).Select(i => (new StageId(i), new StageId(i + 1))), 1),
        schedule);
}
