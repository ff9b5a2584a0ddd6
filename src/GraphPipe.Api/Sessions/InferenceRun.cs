using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Ort;

namespace GraphPipe;

/// <summary>Runs the forward over any number of samples, a mini-batch at a time.</summary>
public static class InferenceRun
{
    /// <param name="inputs">By input name; targets may be missing.</param>
    /// <returns>The model's outputs for all samples, by name; one that does not depend on samples is that of the first mini-batch.</returns>
    /// <exception cref="DiagnosticException">GP7xxx: inputs are missing or unfit; GP6xxx: the run failed or was interrupted.</exception>
    public static (TensorSet Outputs, long Samples) Run(TrainingSession session, TensorSet inputs, CancellationToken cancellation = default) =>
        Run(session.Bundle.Manifest, session.Executor.Inputs, inputs, batch => session.Run(batch, cancellation));

    /// <summary>The same on ONNX Runtime: each stage's forward as one of its sessions.</summary>
    /// <inheritdoc cref="Run(TrainingSession, TensorSet, CancellationToken)"/>
    public static (TensorSet Outputs, long Samples) Run(StageBundle bundle, OrtPipeline pipeline, TensorSet inputs, CancellationToken cancellation = default) =>
        Run(bundle.Manifest, pipeline.Inputs, inputs, batch => pipeline.Run(batch, cancellation));

    private static (TensorSet Outputs, long Samples) Run(Manifest manifest, IReadOnlyList<InputSpec> specs, TensorSet inputs, Func<MiniBatch, ForwardResult> run)
    {
        var data = Dataset.Create(inputs, [.. specs.Where(i => i.Kind == FeedKind.Input)], manifest.MiniBatch, withTargets: false);
        var memory = manifest.Outputs.ToDictionary(o => o.Name, o => o.Batch is null ? null : new byte[o.Type.Size(o.Shape.Elements.At(data.Samples)).Value], StringComparer.Ordinal);
        var whole = new Dictionary<string, TensorData>(StringComparer.Ordinal);
        long start = 0;
        foreach (var batch in data.Epoch(0))
        {
            var result = run(batch);
            foreach (var output in manifest.Outputs)
            {
                var value = result.Outputs[output.Name];
                if (memory[output.Name] is { } target)
                    Copy(value, target, SampleLayout.Of(output.Type, output.Shape, output.Batch!).Copy(batch.Samples, batch.Samples, 0, data.Samples, start));
                else
                    whole.TryAdd(output.Name, value);
            }

            start += batch.Samples;
        }

        foreach (var output in manifest.Outputs.Where(o => o.Batch is not null))
            whole[output.Name] = new TensorData(output.Type, output.Shape.At(data.Samples), memory[output.Name]);
        return (new TensorSet(manifest.Outputs.Select(o => KeyValuePair.Create(o.Name, whole[o.Name]))), data.Samples);
    }

    private static void Copy(TensorData source, byte[] target, in StridedCopy copy)
    {
        for (long row = 0; row < copy.Rows; row++)
        {
            source.Bytes.Span.Slice(checked((int)(copy.SourceOffset + row * copy.SourceStride)), checked((int)copy.RowBytes))
                .CopyTo(target.AsSpan(checked((int)(copy.TargetOffset + row * copy.TargetStride))));
        }
    }
}
