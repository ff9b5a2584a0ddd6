using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Compiler;

/// <summary>What a partition says about its stages beside which ops they have.</summary>
/// <param name="Stages">By number, without functions; each on the first of its devices.</param>
/// <param name="Devices">The devices of each stage.</param>
/// <param name="Recompute">The stages that make their activations again.</param>
/// <param name="ShardOptimizer">Whether replicas share out the optimizer's state of their stage.</param>
public sealed record StagePlacement(
    DeviceMesh Mesh, ImmutableArray<Stage> Stages, ImmutableArray<StageDevices> Devices, ImmutableHashSet<StageId> Recompute, bool ShardOptimizer)
{
    /// <summary>
    /// Everything on one device, which keeps what it computes. Where the plan's devices take turns, each has sums of its own, and so the one device has as many copies
    /// of the one stage.
    /// </summary>
    /// <param name="like">A stage of the plan, for its micro-batch and its turns.</param>
    public static StagePlacement OneStage(DeviceName device, PipelineStage like)
    {
        var only = new DeviceId(0);
        return new(
            new DeviceMesh([device]),
            [new Stage(new StageId(0), "whole", only, like.MicroBatch, like.MicroBatch, [])],
            [new StageDevices([.. Enumerable.Repeat(only, like.Turn > 0 ? like.Devices.Length : 1)], like.Turn)],
            [],
            false);
    }

    /// <param name="deviceOf">The mesh's number of a device that the plan names.</param>
    public static StagePlacement Of(PipelinePlan plan, DeviceMesh mesh, Func<PipelineStage, string, DeviceId> deviceOf)
    {
        ImmutableArray<StageDevices> devices = [.. plan.Stages.Select(s => new StageDevices([.. s.Devices.Select(d => deviceOf(s, d))], s.Turn))];
        return new StagePlacement(
            mesh,
            [.. plan.Stages.Select((s, i) => new Stage(s.Id, s.Name, devices[i].Devices[0], s.MicroBatch, s.InFlight, []))],
            devices,
            [.. plan.Stages.Where(s => s.Recompute).Select(s => s.Id)],
            plan.ShardOptimizer);
    }
}
