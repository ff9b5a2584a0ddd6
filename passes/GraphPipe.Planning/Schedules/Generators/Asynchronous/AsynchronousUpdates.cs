namespace GraphPipe.Planning;

/// <summary>Which weights the micro-batches of an asynchronous schedule see.</summary>
public enum WeightRule
{
    /// <summary>The newest that there are at the forward; the backward sees the same.</summary>
    Newest,

    /// <summary>Those before the last update but one: generation t sees what t − 1 updates have made, on every stage.</summary>
    Previous,

    /// <summary>What the newest at the generation's first forward are expected to be at its own update.</summary>
    Predicted,
}

/// <summary>Updates that a schedule makes while micro-batches are under way.</summary>
/// <param name="Every">Micro-batches between two updates of a stage: a generation.</param>
/// <param name="Weights">What forwards and backwards see.</param>
public sealed record AsynchronousUpdates(int Every, WeightRule Weights)
{
    /// <summary>The generation of a micro-batch, from 0.</summary>
    public int GenerationOf(Bundle.MicroBatch microBatch) => microBatch.Index / Every;
}
