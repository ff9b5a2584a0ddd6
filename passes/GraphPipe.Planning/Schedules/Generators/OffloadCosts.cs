using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>What it takes to move activations to the host and back.</summary>
/// <param name="Work">Times of a micro-batch, by number of the stage.</param>
/// <param name="Copies">Time of the copy of one activation, one way, by number of the stage and in the unit of <paramref name="Work"/>.</param>
/// <param name="Saved">Size of one activation, by number of the stage.</param>
public sealed record OffloadCosts(ScheduleCosts Work, ImmutableArray<double> Copies, ImmutableArray<Bytes> Saved)
{
    /// <summary>Those of a partition's stages: times in microseconds, copies on the host link of the slowest of a stage's devices.</summary>
    public static OffloadCosts Of(PartitionRequest request, PipelinePlan plan)
    {
        var costs = SimulationCosts.Of(request, plan);
        var first = plan.Stages.Select((_, s) => plan.Stages.Take(s).Sum(before => before.Devices.Length)).ToList();
        return new(
            new([.. first.Select(i => costs.Stages[i]).Select(t => new StageCost(t.Forward.Value, (t.Backward - t.BackwardWeight).Value, t.BackwardWeight.Value))], 0),
            [.. first.Select(i => costs.HostCopies[i].Value)],
            [.. first.Select(i => costs.Memory[i].PerMicroBatch)]);
    }

    /// <summary>A copy's time over that of the forward and backward of its stage: from 1 on, not every micro-batch's copy can hide.</summary>
    public double Ratio(StageId stage) => Copies[stage.Value] / (Work.Stages[stage.Value].Forward + Work.Stages[stage.Value].Backward);
}
