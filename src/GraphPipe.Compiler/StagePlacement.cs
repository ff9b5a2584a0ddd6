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
    DeviceMesh Mesh, ImmutableArray<Stage> Stages, ImmutableArray<ImmutableArray<DeviceId>> Devices, ImmutableHashSet<StageId> Recompute, bool ShardOptimizer)
{
    /// <summary>Everything on one device, which keeps what it computes.</summary>
    /// <param name="microBatch">Samples of one forward.</param>
    public static StagePlacement OneStage(DeviceName device, long microBatch) => new(
        new DeviceMesh([device]), [new Stage(new StageId(0), "whole", new DeviceId(0), microBatch, microBatch, [])], [[new DeviceId(0)]], [], false);

    /// <param name="deviceOf">The mesh's number of a device that the plan names.</param>
    public static StagePlacement Of(PipelinePlan plan, DeviceMesh mesh, Func<PipelineStage, string, DeviceId> deviceOf)
    {
        ImmutableArray<ImmutableArray<DeviceId>> devices = [.. plan.Stages.Select(s => s.Devices.Select(d => deviceOf(s, d)).ToImmutableArray())];
        return new StagePlacement(
            mesh,
            [.. plan.Stages.Select((s, i) => new Stage(s.Id, s.Name, devices[i][0], s.MicroBatch, s.InFlight, []))],
            devices,
            [.. plan.Stages.Where(s => s.Recompute).Select(s => s.Id)],
            plan.ShardOptimizer);
    }
}
