using GraphPipe.Bundle;
using GraphPipe.Runtime;

namespace GraphPipe.Cli;

/// <summary>Data from a file, or made up.</summary>
internal static class DataInput
{
    public const string Synthetic = "synthetic";

    /// <summary>Mini-batches from a file, or <c>synthetic</c>.</summary>
    /// <param name="shuffle">The seed of the order; null for the file's order.</param>
    /// <param name="batches">Mini-batches of an epoch of synthetic data.</param>
    public static IBatchSource Open(string text, PipelineInput pipeline, IReadOnlyList<InputSpec> specs, long? shuffle, long seed, int batches)
    {
        long miniBatch = pipeline.Bundle.Manifest.MiniBatch;
        if (text == Synthetic)
            return new SyntheticSource(specs, miniBatch, batches, seed, SyntheticLimits.Of(pipeline.Bundle, pipeline.Hints));
        return Dataset.Create(TensorFile.Read(text), specs, miniBatch, shuffle);
    }
}
