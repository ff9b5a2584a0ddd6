using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>How old the weights of a stage's micro-batches are: updates made before their own that the weights have not seen.</summary>
/// <param name="ByMicroBatch">Of each micro-batch of the list; what is predicted does not count as seen.</param>
/// <param name="Ahead">Updates that the weights of each micro-batch are predicted over.</param>
/// <param name="Versions">Versions of the weights that exist at a time, at most, the newest included.</param>
public sealed record WeightStaleness(StageId Stage, ImmutableArray<int> ByMicroBatch, ImmutableArray<int> Ahead, int Versions)
{
    /// <summary>The most, which is what it comes to once the pipeline is full.</summary>
    public int Most => ByMicroBatch.DefaultIfEmpty(0).Max();

    /// <summary>Of every stage of a plan; zeros and one version where it is synchronous.</summary>
    public static ImmutableArray<WeightStaleness> Of(ExecutionPlan plan) =>
        [.. plan.Stages.Select(s => Of(s.Id, plan.Devices.FirstOrDefault(d => d.Device == s.Device)?.Actions ?? [], plan.Generation ?? plan.MiniBatch))];

    /// <summary>Of a stage.</summary>
    /// <param name="actions">The list of its device.</param>
    /// <param name="generation">Samples between two updates.</param>
    public static WeightStaleness Of(StageId stage, ImmutableArray<PlanAction> actions, long generation)
    {
        var forwards = actions.Where(a => a.Kind == ActionKind.Forward && a.Stage == stage).OrderBy(a => a.MicroBatch).ToList();
        return new(
            stage,
            [.. forwards.Select(f => (int)(f.Range.Start / generation) - f.Weights.Updates)],
            [.. forwards.Select(f => f.Weights.Ahead)],
            WeightStash.Compute(stage, Bytes.Zero, Bytes.Zero, new Bytes(1), actions).Versions);
    }
}
