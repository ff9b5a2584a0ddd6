using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Onnx;
using GraphPipe.Runtime;

namespace GraphPipe;

/// <summary>The verdict of a verification.</summary>
/// <param name="BitEqual">Whether the pipeline and one stage with the plan's sums and micro-batches have the same bits after the steps.</param>
/// <param name="Difference">The first parameter that differs; null if none does.</param>
/// <param name="Stages">Stages of the pipeline.</param>
/// <param name="Checks">Comparisons with a reference; empty without one.</param>
public sealed record VerificationResult(bool BitEqual, string? Difference, int Stages, IReadOnlyList<Check> Checks)
{
    public bool Passed => BitEqual && Checks.All(c => c.Passed);
}

/// <summary>
/// Proves the promise of equal numbers on a model: trains it as a pipeline and as one stage with the plan's sums, bit by bit, and compares with a
/// recorded PyTorch run where there is one.
/// </summary>
public sealed class PipelineVerifier(DeviceOptions session)
{
    /// <summary>Compares a pipeline with one stage on made-up or given mini-batches.</summary>
    public VerificationResult Verify(string modelPath, CompileOptions options, IReadOnlyList<MiniBatch> batches)
    {
        var model = OnnxModel.Load(modelPath);
        var pipeline = ModelCompiler.Compile(model, options);
        string? difference = DifferenceToOneStage(model, options, pipeline, batches, null);
        return new VerificationResult(difference is null, difference, pipeline.Plan.Stages.Length, []);
    }

    /// <summary>Runs every optimizer of a reference as a pipeline and as one stage.</summary>
    /// <param name="options">Devices, stages, micro-batches, schedule; loss, mini-batch, optimizers and frozen parameters come from the reference.</param>
    public VerificationResult VerifyReference(string modelPath, CompileOptions options, ReferenceFolder reference)
    {
        var model = OnnxModel.Load(modelPath);
        var batch = new MiniBatch(reference.Batch, reference.Inputs.Select(i => KeyValuePair.Create(i, Tensor(reference, $"input.{i}"))).Append(KeyValuePair.Create(reference.Target, Tensor(reference, "target"))));
        var checks = new List<Check>();
        string? difference = null;
        int stages = 0;
        for (int i = 0; i < reference.Runs.Length; i++)
        {
            var run = reference.Runs[i];
            var own = options with
            {
                Loss = reference.Loss, LossOutput = reference.Output, Target = reference.Target, MiniBatch = reference.Batch, Optimizer = run.Settings, Freeze = [.. options.Freeze, .. reference.Frozen],
            };
            var compiled = ModelCompiler.Compile(model, own);
            stages = compiled.Plan.Stages.Length;
            var observer = new Observer(reference, run, checks, isFirst: i == 0);
            difference ??= DifferenceToOneStage(model, own, compiled, [.. Enumerable.Repeat(batch, run.Steps)], observer);
        }

        return new VerificationResult(difference is null, difference, stages, checks);
    }

    // Trains both, and gives the name of the first parameter whose bits differ.
    private string? DifferenceToOneStage(OnnxModel model, CompileOptions options, CompiledPipeline pipeline, IReadOnlyList<MiniBatch> batches, Observer? observer)
    {
        using var many = new TrainingSession(pipeline.Bundle, session);
        using var one = new TrainingSession(ModelCompiler.Compile(model, options with { OneStage = true, Plan = pipeline.Plan }).Bundle, session);
        observer?.Before(many, batches[0]);
        foreach (var batch in batches)
        {
            double loss = many.Step(batch).Loss;
            observer?.AfterStep(many, loss);
            one.Step(batch);
        }

        observer?.AfterRun(many);
        foreach (var (name, value) in many.Weights())
        {
            if (!value.Bytes.Span.SequenceEqual(one.Executor.GetParameter(name).Bytes.Span))
                return name;
        }

        return null;
    }

    private static TensorData Tensor(ReferenceFolder reference, string name) =>
        reference.Tensors.TryGetValue(name, out var tensor) ? tensor : throw new DiagnosticException(Diagnostic.Error(Codes.DataMissing, $"the reference has no '{name}'"));

    /// <summary>Compares a run with the reference while it goes on.</summary>
    private sealed class Observer(ReferenceFolder reference, ReferenceRun run, List<Check> checks, bool isFirst)
    {
        private readonly List<double> _losses = [];

        public void Before(TrainingSession session, MiniBatch batch)
        {
            if (!isFirst)
                return;
            var result = session.Evaluate(batch);
            foreach (var (name, value) in reference.Tensors.Where(t => t.Key.StartsWith("output.", StringComparison.Ordinal)))
                checks.Add(new Check(name, result.Outputs.TryGetValue(name["output.".Length..], out var own) ? Comparison.RelativeError(own, value) : double.PositiveInfinity, Comparison.OutputTolerance));
            checks.Add(new Check("loss", Comparison.RelativeError(1, _ => result.Loss!.Value, Tensor(reference, "loss").DoubleAt), Comparison.OutputTolerance));
        }

        public void AfterStep(TrainingSession session, double loss)
        {
            _losses.Add(loss);
            if (!isFirst || _losses.Count > 1)
                return;
            var trained = session.Executor.Parameters.Where(p => p.Role == ParameterRole.Trained).Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var (name, value) in reference.Tensors.Where(t => t.Key.StartsWith("grad.", StringComparison.Ordinal)))
            {
                string parameter = name["grad.".Length..];
                checks.Add(new Check(name, trained.Contains(parameter) ? Comparison.RelativeError(session.Executor.GetGradient(parameter), value) : double.PositiveInfinity, Comparison.GradientTolerance));
            }
        }

        public void AfterRun(TrainingSession session)
        {
            var losses = Tensor(reference, $"losses.{run.Name}");
            checks.Add(new Check($"losses.{run.Name}", losses.Count == _losses.Count ? Comparison.RelativeError(_losses.Count, i => _losses[i], losses.DoubleAt) : double.PositiveInfinity, Comparison.GradientTolerance));
            double largest = reference.Tensors.Where(t => t.Key.StartsWith("grad.", StringComparison.Ordinal)).SelectMany(t => Enumerable.Range(0, (int)t.Value.Count).Select(i => Math.Abs(t.Value.DoubleAt(i)))).DefaultIfEmpty(0).Max();
            string prefix = $"final.{run.Name}.";
            var known = session.Executor.Parameters.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var (name, value) in reference.Tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)))
            {
                string parameter = name[prefix.Length..];
                // Adam turns the rounding noise of a zero gradient into whole steps.
                var gradient = run.Name.StartsWith("adam", StringComparison.Ordinal) ? reference.Tensors.GetValueOrDefault($"grad.{parameter}") : null;
                bool Counts(int i) => gradient is null || Math.Abs(gradient.DoubleAt(i)) >= 1e-6 * largest;
                long leftOut = gradient is null ? 0 : Enumerable.Range(0, (int)value.Count).LongCount(i => !Counts(i));
                double error = known.Contains(parameter) ? Comparison.RelativeError(session.Executor.GetParameter(parameter), value, Counts) : double.PositiveInfinity;
                checks.Add(new Check(name, error, Comparison.GradientTolerance, leftOut));
            }
        }
    }
}
