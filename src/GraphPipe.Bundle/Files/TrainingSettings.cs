namespace GraphPipe.Bundle;

/// <summary>The optimizer a bundle was compiled for. Settings that the optimizer does not have are 0.</summary>
/// <param name="Name"><c>sgd</c>, <c>adam</c> or <c>adamw</c>.</param>
public sealed record OptimizerSettings(
    string Name, double LearningRate, double Momentum, bool Nesterov, double WeightDecay, double Beta1, double Beta2, double Epsilon);

public enum LossKind
{
    /// <summary>No loss: inference.</summary>
    None,

    /// <summary>Mean squared error of an output and the target.</summary>
    Mse,

    /// <summary>Cross entropy of logits and class numbers.</summary>
    CrossEntropy,

    /// <summary>The model's own output is the loss.</summary>
    Output,
}

/// <summary>What a loss is a mean over.</summary>
public enum LossNormaliser
{
    /// <summary>The loss function gives a mean over its micro-batch: it counts with the micro-batch's share of the samples.</summary>
    Samples,

    /// <summary>The elements of the mini-batch's output.</summary>
    Elements,

    /// <summary>The positions whose target is not the ignored class; counted over the mini-batch before its first micro-batch.</summary>
    NotIgnored,

    /// <summary>Nothing: the loss is a sum, and micro-batches add up.</summary>
    Sum,
}

/// <summary>The loss a bundle was compiled for.</summary>
/// <param name="Output">The model's output it is computed from; empty without a loss.</param>
/// <param name="Target">The target's name in data files; empty if there is none.</param>
/// <param name="IgnoreIndex">The class that does not count (cross entropy only).</param>
/// <param name="ElementsPerSample">Elements of the output that one sample contributes.</param>
public sealed record LossSettings(LossKind Kind, string Output, string Target, long IgnoreIndex, LossNormaliser Normaliser, long ElementsPerSample)
{
    public static LossSettings None { get; } = new(LossKind.None, "", "", -100, LossNormaliser.Samples, 1);
}
