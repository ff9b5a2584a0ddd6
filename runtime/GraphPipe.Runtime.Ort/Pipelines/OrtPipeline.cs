using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Ort;

/// <summary>
/// Pipelined inference on ONNX Runtime (<c>--engine ort</c>): every stage's <c>forward.onnx</c> is one session, every device a thread, and the
/// devices work through the forward part of the bundle's plan, micro-batch by micro-batch, joined by its channels. The weights are the bundle's.
/// To be used by one thread at a time.
/// </summary>
public sealed class OrtPipeline : IDisposable
{
    private readonly ExecutionPlan _plan;
    private readonly OrtStageEngine[] _stages;
    private readonly ImmutableArray<(string Name, BufferDecl Buffer)> _outputs;

    /// <param name="bundle">A whole bundle.</param>
    /// <param name="threadsPerDevice">Threads that share the work of an op on each device; null shares the machine's cores out evenly.</param>
    /// <exception cref="DiagnosticException">GP5006: the bundle is a part; GP6001: ONNX Runtime can't execute a stage; GP6008: it is to use a GPU, and can't.</exception>
    public OrtPipeline(StageBundle bundle, int? threadsPerDevice = null)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        _plan = bundle.Plan;
        if (bundle.Stages.Length != _plan.Stages.Length)
        {
            throw new DiagnosticException(Diagnostic.Error(
                Codes.BundleContent, $"the bundle has {bundle.Stages.Length} of {_plan.Stages.Length} stages", advice: "inference on ONNX Runtime needs the whole bundle (compile -o)"));
        }

        int threads = threadsPerDevice ?? Math.Max(1, Environment.ProcessorCount / Math.Max(1, _plan.Mesh.Count));
        Inputs = [.. InputSpec.Of(bundle.Stages.Select(s => s.Program)).Where(i => i.Kind == FeedKind.Input)];
        _outputs = [.. bundle.Stages.SelectMany(s => s.Program.Outputs.Select(o => (o.Name, s.Program[o.Buffer]))).DistinctBy(o => o.Name)];
        var stages = new List<OrtStageEngine>();
        try
        {
            foreach (var stage in bundle.Stages.OrderBy(s => s.Program.Id))
                stages.Add(new OrtStageEngine(stage, threads));
        }
        catch
        {
            stages.ForEach(s => s.Dispose());
            throw;
        }

        _stages = [.. stages];
    }

    /// <summary>What a mini-batch must hold.</summary>
    public ImmutableArray<InputSpec> Inputs { get; }

    /// <summary>The model's outputs for a mini-batch of at most the planned size. There is no loss.</summary>
    /// <exception cref="DiagnosticException">
    /// GP6005: interrupted; GP6006: ONNX Runtime failed in a stage; GP7003 to GP7005: the batch is unfit.
    /// </exception>
    public ForwardResult Run(MiniBatch batch, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(batch.Samples, _plan.MiniBatch, nameof(batch));
        batch.Check(Inputs, withTargets: false);
        byte[][] memory = [.. _outputs.Select(o => new byte[o.Buffer.Size(batch.Samples).Value])];
        var outputs = _outputs.Select((o, i) => (o.Name, i)).ToDictionary(o => o.Name, o => memory[o.i], StringComparer.Ordinal);
        using var run = new OrtRun(_plan, _stages, batch, outputs, cancellation);
        run.Execute();
        return new ForwardResult(
            ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, _outputs.Select((o, i) => KeyValuePair.Create(o.Name, new TensorData(o.Buffer.Type, o.Buffer.Shape.At(batch.Samples), memory[i])))),
            Loss: null,
            batch.Samples);
    }

    public void Dispose()
    {
        foreach (var stage in _stages)
            stage.Dispose();
    }
}
