using GraphPipe.Bundle;
using GraphPipe.Runtime;

namespace GraphPipe.Cli;

/// <summary>Data from a file, or made up.</summary>
internal static class DataInput
{
    public const string Synthetic = "synthetic";

    /// <summary>Mini-batches from a file, or <c>synthetic</c>.</summary>
    /// <param name="call">Gets the diagnostics.</param>
    /// <param name="shuffle">The seed of the order; null for the file's order.</param>
    /// <param name="batches">Mini-batches of an epoch of synthetic data.</param>
    public static IBatchSource Open(Call call, string text, PipelineInput pipeline, IReadOnlyList<InputSpec> specs, long? shuffle, long seed, int batches)
    {
        long miniBatch = pipeline.Bundle.Manifest.MiniBatch;
        if (text == Synthetic)
            return MakeUp(pipeline.Bundle, pipeline.Hints, specs, seed, batches);
        try
        {
            var tensors = TensorFile.Read(text);
            var data = Dataset.Create(tensors, specs, miniBatch, shuffle);
            if (data.Samples < miniBatch)
                call.Tell([Diagnostic.Warning(Codes.DataShort, $"has {data.Samples} samples, fewer than a mini-batch of {miniBatch}", text, "compile with a smaller --mini-batch, or use more data")]);
            var loss = pipeline.Bundle.Manifest.Loss;
            if (loss.Normaliser == LossNormaliser.NotIgnored && LossMean.CountNotIgnored(tensors[loss.Target], loss.IgnoreIndex) == 0)
                throw new DiagnosticException(Diagnostic.Error(Codes.DataEmpty, $"no target counts: all are the ignored class {loss.IgnoreIndex}", text, "say with --ignore-index which class does not count"));
            return data;
        }
        catch (DiagnosticException e)
        {
            // The messages name the tensor; the place is the file.
            throw new DiagnosticException([.. e.Diagnostics.Select(d => d with { Location = text })]);
        }
    }

    /// <summary>Made-up data whose whole numbers are indices that exist.</summary>
    /// <exception cref="DiagnosticException">GP8001: a mini-batch would be too large for one array.</exception>
    public static SyntheticSource MakeUp(StageBundle bundle, ModelHints hints, IReadOnlyList<InputSpec> specs, long seed, int batches)
    {
        long miniBatch = bundle.Manifest.MiniBatch;
        if (specs.FirstOrDefault(s => (Int128)s.Type.Bits() / 8 * s.Shape.Elements.At(miniBatch) > Array.MaxLength) is { } large)
            throw Usage.Error($"a mini-batch of {miniBatch} samples makes '{large.Name}' too large to be made up", "use a smaller --mini-batch");
        return new SyntheticSource(specs, miniBatch, batches, seed, SyntheticLimits.Of(bundle, hints));
    }
}
