namespace GraphPipe.Bundle;

/// <summary>How far a training run has come.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Epoch">Whole passes over the data done.</param>
/// <param name="EpochPosition">Samples of the current pass already used.</param>
/// <param name="Seed">Of the shuffling and of random ops.</param>
public sealed record TrainingPosition(long Step, long Epoch, long EpochPosition, ulong Seed);

/// <summary>
/// A training run to be gone on with. Everything is keyed by ONNX initializer names, nothing by stage: a run with any partition goes on
/// from a checkpoint of any other.
/// </summary>
/// <param name="Optimizer">Null if nothing was trained.</param>
/// <param name="ModelSha256">SHA-256 of the model file, as in the bundle's manifest.</param>
/// <param name="Weights">Trained parameters by name.</param>
/// <param name="OptimizerState">State tensors by <see cref="StateKey"/>.</param>
/// <param name="ModelSkeleton">The model without its weights, for <c>export</c>.</param>
public sealed record Checkpoint(
    TrainingPosition Position,
    OptimizerSettings? Optimizer,
    string ModelSha256,
    IReadOnlyDictionary<string, TensorData> Weights,
    IReadOnlyDictionary<string, TensorData> OptimizerState,
    ReadOnlyMemory<byte> ModelSkeleton)
{
    public const string Format = "graphpipe-checkpoint";

    public const int Version = 1;

    /// <summary>The key of an optimizer state tensor: <c>&lt;parameter&gt;/&lt;state&gt;</c>.</summary>
    public static string StateKey(string parameter, string state) => $"{parameter}/{state}";
}
