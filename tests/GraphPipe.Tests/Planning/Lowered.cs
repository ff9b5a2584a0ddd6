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

    public static ExecutionPlan Of(PipelinePlan plan, string schedule, Func<int, long>? microBatch = null)
    {
        var devices = Topology.Of(DeviceModel.V100, plan.Stages.Length, 8).Devices.Select(d => d.Name).ToList();
        ImmutableArray<PlannedStage> stages =
            [.. PlanLowering.StagesOf(plan, devices).Select((s, i) => s with { MicroBatch = microBatch?.Invoke(i) ?? s.MicroBatch })];
        return Of(plan.MiniBatch, stages, Channels(plan.Edges, stages.Length), schedule, plan.Pipeline);
    }

    public static ExecutionPlan Of(
        long miniBatch, ImmutableArray<PlannedStage> stages, ImmutableArray<ChannelDecl> channels, string schedule, PipelineKind pipeline = PipelineKind.Graph)
    {
        var diagnostics = new DiagnosticBag();
        var order = ScheduleTable.Find(schedule, diagnostics)!.Generate(StageGraph.From(miniBatch, stages, channels, pipeline), stages.Length, diagnostics);
        Assert.True(order is not null, string.Join('\n', diagnostics.All));
        var lowered = PlanLowering.Lower(miniBatch, DeviceMesh.Cpu(stages.Length), stages, channels, order, diagnostics);
        Assert.True(lowered is not null, string.Join('\n', diagnostics.All));
        return lowered;
    }

    public static ExecutionPlan Chain(int stages, int microBatches, string schedule, long microBatch = 1) => Of(
        microBatches * microBatch,
        [.. Enumerable.Range(0, stages).Select(i => new PlannedStage(new(i), $"s{i}", new(i), microBatch, 0))],
        Channels(Enumerable.Range(0, stages - 1).Select(i => (new StageId(i), new StageId(i + 1))), 1),
        schedule);
}
