using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>What to train with: the loss head and the optimizer.</summary>
/// <param name="Output">The output the loss reads; null for the first.</param>
/// <param name="Target">Name of the target in data files.</param>
/// <param name="IgnoreIndex">Class that does not count (cross entropy).</param>
public sealed record TrainingGoal(LossKind Loss, string? Output, string Target, long IgnoreIndex, OptimizerSettings Optimizer)
{
    /// <summary>The output the loss reads; null if the model has none of that name.</summary>
    public ValueId? OutputOf(Module module)
    {
        foreach (var output in module.Graph.Outputs)
        {
            if (Output is null || module[output].Name == Output)
                return output;
        }

        return null;
    }
}
