using GraphPipe.Bundle;
using GraphPipe.Runtime;
using GraphPipe.Runtime.Ort;

namespace GraphPipe;

/// <summary>Runs the forward over any number of samples, a mini-batch at a time.</summary>
public static class InferenceRun
{
    /// <param name="inputs">By input name; targets may be missing.</param>
    /// <returns>The model's outputs for all samples, by name; a loss that the model computes itself is left out where it is one number per micro-batch.</returns>
    /// <exception cref="DiagnosticException">GP4005: an output depends on all samples together, which run in several mini-batches; GP7xxx: inputs are missing or unfit; GP6xxx: the run failed or was interrupted.</exception>
    public static (TensorSet Outputs, long Samples) Run(TrainingSession session, TensorSet inputs, CancellationToken cancellation = default) =>
        Run(session.Bundle, session.Executor.Inputs, inputs, batch => session.Run(batch, cancellation));

    /// <summary>The same on ONNX Runtime: each stage's forward as one of its sessions.</summary>
    /// <inheritdoc cref="Run(TrainingSession, TensorSet, CancellationToken)"/>
    public static (TensorSet Outputs, long Samples) Run(StageBundle bundle, OrtPipeline pipeline, TensorSet inputs, CancellationToken cancellation = default) =>
        Run(bundle, pipeline.Inputs, inputs, batch => pipeline.Run(batch, cancellation));

    private static (TensorSet Outputs, long Samples) Run(StageBundle bundle, IReadOnlyList<InputSpec> specs, TensorSet inputs, Func<MiniBatch, ForwardResult> run)
    {
        var manifest = bundle.Manifest;
        var data = Dataset.Create(inputs, [.. specs.Where(i => i.Kind == FeedKind.Input)], manifest.MiniBatch, withTargets: false);
        var outputs = manifest.Outputs.Where(o => !IsLossOfMicroBatches(bundle, o)).ToList();
        var memory = outputs.ToDictionary(o => o.Name, o => o.Batch is null ? null : new byte[o.Type.Size(o.Shape.Elements.At(data.Samples)).Value], StringComparer.Ordinal);
        var whole = new Dictionary<string, TensorData>(StringComparer.Ordinal);
        long start = 0;
        foreach (var batch in data.Epoch(0))
        {
            var result = run(batch);
            foreach (var output in outputs)
            {
                var value = result.Outputs[output.Name];
                if (memory[output.Name] is { } target)
                    SampleLayout.Of(output.Type, output.Shape, output.Batch!).Copy(batch.Samples, batch.Samples, 0, data.Samples, start).Apply(value.Bytes.Span, target);
                else if (!whole.TryAdd(output.Name, value) && !whole[output.Name].Bytes.Span.SequenceEqual(value.Bytes.Span))
                    throw Mixed(output.Name, data.Samples, manifest.MiniBatch);
            }

            start += batch.Samples;
        }

        foreach (var output in outputs.Where(o => o.Batch is not null))
            whole[output.Name] = new TensorData(output.Type, output.Shape.At(data.Samples), memory[output.Name]);
        return (new TensorSet(outputs.Select(o => KeyValuePair.Create(o.Name, whole[o.Name]))), data.Samples);
    }

    // A loss that the model computes itself is one number per micro-batch; 'eval' weights them.
    private static bool IsLossOfMicroBatches(StageBundle bundle, ModelTensor output) =>
        bundle.Manifest.Loss.Kind == LossKind.Output && output.Name == bundle.Manifest.Loss.Output && bundle.Plan.Stages.Any(s => s.MicroBatch != bundle.Plan.MiniBatch);

    private static DiagnosticException Mixed(string output, long samples, long miniBatch) => new(Diagnostic.Error(
        Codes.SamplesMixed, $"output '{output}' depends on all samples together, but the {samples} samples run in mini-batches of {miniBatch}", $"output \"{output}\"", $"run all at once, with --mini-batch {samples}"));
}
