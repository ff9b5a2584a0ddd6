using GraphPipe.Bundle;

namespace GraphPipe.Passes;

/// <summary>What to train with: the loss head and the optimizer.</summary>
/// <param name="Output">The output the loss reads; null for the model's only (or first suitable) one.</param>
/// <param name="Target">Name of the target in data files.</param>
/// <param name="IgnoreIndex">Class that does not count (cross entropy).</param>
public sealed record TrainingGoal(LossKind Loss, string? Output, string Target, long IgnoreIndex, OptimizerSettings Optimizer);
