using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using GraphPipe.Runtime;

namespace GraphPipe;

/// <summary>The verdict of a verification.</summary>
/// <param name="BitEqual">
/// Whether the pipeline and one stage with the plan's sums and micro-batches have the same bits after the steps; of an asynchronous pipeline, whether it has those of the same stages on
/// one device, one action after the other, with the versions of weights that the plan says.
/// </param>
/// <param name="Difference">The first loss, parameter or optimizer state that differs; null if none does.</param>
/// <param name="IsBitEqualityPromised">
/// False where stages have micro-batches of unlike sizes, or replicas that split them: that changes the shape of products, and so the order of
/// sums within them.
/// </param>
/// <param name="Stages">Stages of the pipeline.</param>
/// <param name="Checks">Comparisons with a reference, or with the same model without micro-batches.</param>
public sealed record VerificationResult(bool BitEqual, string? Difference, bool IsBitEqualityPromised, int Stages, IReadOnlyList<Check> Checks)
{
    /// <summary>Whether the pipeline updates while micro-batches are under way, and so was compared with its own rule.</summary>
    public bool IsAsynchronous { get; init; }

    public bool Passed => (BitEqual || !IsBitEqualityPromised) && Checks.All(c => c.Passed);
}

/// <summary>
/// Proves the promise of equal numbers on a model: trains it as a pipeline and as one stage with the plan's sums, bit by bit; and compares with a
/// recorded PyTorch run where there is one, else with the same model without micro-batches.
/// </summary>
public sealed class PipelineVerifier(DeviceOptions session)
{
    /// <summary>Take the pipeline's sums over micro-batches in another order than the plan's: for testing that the verifier notices.</summary>
    public bool BreakSumOrder { get; init; }

    /// <summary>Ends the verification with GP6005 before the next step.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Called before each training of a pipeline, with what it is.</summary>
    public Action<string>? Progress { get; init; }

    /// <summary>Called with the notes and warnings of every compilation.</summary>
    public Action<IReadOnlyList<Diagnostic>>? Compiled { get; init; }

    /// <summary>Compares a pipeline with one stage on made-up or given mini-batches.</summary>
    public VerificationResult Verify(string modelPath, CompileOptions options, IReadOnlyList<MiniBatch> batches) => Verify(modelPath, options, _ => batches);

    /// <summary>
    /// Compares a pipeline with one stage on mini-batches made for it, and then on one that is shorter; and its gradients with those of the same
    /// model on one device that sees whole mini-batches, which no splitting and no weighting of losses can touch. An asynchronous pipeline, whose gradients are of older weights, is compared
    /// with its own rule on one device alone.
    /// </summary>
    /// <param name="batches">Gets the compiled pipeline, which knows its inputs.</param>
    public VerificationResult Verify(string modelPath, CompileOptions options, Func<StageBundle, IReadOnlyList<MiniBatch>> batches)
    {
        var model = OnnxModel.Load(modelPath);
        var pipeline = ModelCompiler.Compile(model, options);
        Compiled?.Invoke(pipeline.Diagnostics);
        Progress?.Invoke($"training as {pipeline.Plan.Stages.Length} stages and {(pipeline.Bundle.Plan.Generation is null ? "as one" : "on one device")}");
        var data = batches(pipeline.Bundle).ToList();
        if (Shorter(pipeline.Bundle, data[^1]) is { } rest)
            data.Add(rest);
        if (pipeline.Bundle.Plan.Generation is not null)
        {
            string? unlike = DifferenceToOneDevice(pipeline, data);
            return new VerificationResult(unlike is null, unlike, true, pipeline.Plan.Stages.Length, []) { IsAsynchronous = true };
        }

        string? difference = DifferenceToOneStage(model, options, pipeline, data, null);
        Progress?.Invoke("training without micro-batches");
        var whole = ModelCompiler.Compile(model, options with { Mesh = new DeviceMesh([options.Mesh.Devices[0]]), Topology = null, Stages = 1, Partitioner = "uniform", Schedule = "1f1b", Plan = null, Cuts = [], MemoryLimit = null, MicroBatch = MicroBatchChoice.Of(1), MaxReplicas = 1, Recompute = RecomputeChoice.Off });
        return new VerificationResult(difference is null, difference, IsPromised(pipeline), pipeline.Plan.Stages.Length, [GradientsAgainst(whole, pipeline, data)]);
    }

    /// <summary>Runs every optimizer of a reference as a pipeline and as one stage.</summary>
    /// <param name="options">Devices, stages, micro-batches, schedule; loss, mini-batch, optimizers and frozen parameters come from the reference.</param>
    public VerificationResult VerifyReference(string modelPath, CompileOptions options, ReferenceFolder reference)
    {
        var model = OnnxModel.Load(modelPath);
        var batch = new MiniBatch(reference.Batch, reference.Inputs.Select(i => KeyValuePair.Create(i, Tensor(reference, $"input.{i}"))).Append(KeyValuePair.Create(reference.Target, Tensor(reference, "target"))));
        var checks = new List<Check>();
        string? difference = null;
        bool promised = true;
        int stages = 0;
        for (int i = 0; i < reference.Runs.Length; i++)
        {
            var run = reference.Runs[i];
            var own = options with
            {
                Loss = reference.Loss,
                LossOutput = reference.Output,
                Target = reference.Target,
                MiniBatch = reference.Batch,
                Optimizer = run.Settings,
                Freeze = [.. options.Freeze, .. reference.Frozen],
            };
            var compiled = ModelCompiler.Compile(model, own);
            Compiled?.Invoke(compiled.Diagnostics);
            if (compiled.Bundle.Plan.Generation is not null)
                throw new DiagnosticException(Diagnostic.Error(Codes.Usage, $"the reference is of synchronous training, the schedule '{compiled.Bundle.Plan.Schedule}' is not", advice: "leave --reference or --schedule out"));
            Progress?.Invoke($"{run.Name}: {run.Steps} steps in stages ({compiled.Plan.Stages.Length}) and in one");
            stages = compiled.Plan.Stages.Length;
            promised &= IsPromised(compiled);
            var observer = new Observer(reference, run, checks, isFirst: i == 0);
            difference ??= DifferenceToOneStage(model, own, compiled, [.. Enumerable.Repeat(batch, run.Steps)], observer);
        }

        return new VerificationResult(difference is null, difference, promised, stages, checks);
    }

    private static bool IsPromised(CompiledPipeline pipeline) => pipeline.Plan.Stages.All(s => s.MicroBatch == pipeline.Plan.Stages[0].MicroBatch && (s.Devices.Length == 1 || s.Turn > 0));

    // All samples but one and half of the last micro-batch, so that a micro-batch is cut and, where there are several, one is empty.
    private static MiniBatch? Shorter(StageBundle bundle, MiniBatch batch)
    {
        long samples = batch.Samples - bundle.Plan.Stages.Max(s => s.Samples.Stride) / 2 - 1;
        var specs = InputSpec.Of(bundle.Stages.Select(s => s.Program));
        if (samples < 1 || specs.Any(s => !s.CanBeCut))
            return null;
        return Dataset.Create(specs.ToDictionary(i => i.Name, i => batch[i.Name], StringComparer.Ordinal), specs, samples).Epoch(0).First();
    }

    private string? DifferenceToOneStage(OnnxModel model, CompileOptions options, CompiledPipeline pipeline, IReadOnlyList<MiniBatch> batches, Observer? observer)
    {
        var bundle = BreakSumOrder ? pipeline.Bundle with { Plan = ReversedSums.Of(pipeline.Bundle.Plan) } : pipeline.Bundle;
        return Difference(bundle, ModelCompiler.Compile(model, options with { OneStage = true, Plan = pipeline.Plan, MemoryLimit = null }).Bundle, batches, observer);
    }

    // There is no one stage that would do the same: a micro-batch sees weights of another age on every stage. So the same stages take turns on one device.
    private string? DifferenceToOneDevice(CompiledPipeline pipeline, IReadOnlyList<MiniBatch> batches)
    {
        if (BreakSumOrder)
            throw new DiagnosticException(Diagnostic.Error(Codes.Usage, "an asynchronous plan has no other order of sums", advice: "leave --break-sum-order out"));
        var serial = OneDevicePlan.Of(pipeline.Bundle.Plan);
        return Difference(pipeline.Bundle, pipeline.Bundle with { Plan = serial, Manifest = pipeline.Bundle.Manifest with { Mesh = serial.Mesh } }, batches, null);
    }

    // Trains both, and gives the name of the first thing whose bits differ.
    private string? Difference(StageBundle pipeline, StageBundle reference, IReadOnlyList<MiniBatch> batches, Observer? observer)
    {
        using var many = new TrainingSession(pipeline, session);
        using var one = new TrainingSession(reference, session);
        observer?.Before(many, batches[0]);
        string? difference = null;
        foreach (var batch in batches)
        {
            double loss = many.Step(batch, Cancellation).Loss;
            observer?.AfterStep(many, loss);
            double other = one.Step(batch, Cancellation).Loss;
            if (loss != other)
                difference ??= $"loss of step {many.Executor.StepCount}";
        }

        observer?.AfterRun(many);
        foreach (var parameter in many.Executor.Parameters.Where(p => p.Role == ParameterRole.Trained))
        {
            string name = parameter.Name;
            if (!Same(many.Executor.GetParameter(name), one.Executor.GetParameter(name)))
                return difference ?? name;
            foreach (string state in parameter.States)
            {
                if (!Same(many.Executor.GetState(name, state), one.Executor.GetState(name, state)))
                    return difference ?? $"{state} of {name}";
            }
        }

        return difference;
    }

    private static bool Same(TensorData a, TensorData b) => a.Bytes.Span.SequenceEqual(b.Bytes.Span);

    // Both start each mini-batch from the same weights. All gradients as one vector: a single one may be nothing but rounding noise.
    private Check GradientsAgainst(CompiledPipeline whole, CompiledPipeline pipeline, IReadOnlyList<MiniBatch> batches)
    {
        using var many = new TrainingSession(pipeline.Bundle, session);
        using var one = new TrainingSession(whole.Bundle, session);
        double worst = 0;
        foreach (var batch in batches)
        {
            foreach (var (name, value) in many.Weights())
                one.Executor.SetParameter(name, value);
            many.Step(batch, Cancellation);
            one.Step(batch, Cancellation);
            double difference = 0, norm = 0, elements = 0;
            foreach (string name in many.Weights().Keys)
            {
                TensorData a = many.Executor.GetGradient(name), b = one.Executor.GetGradient(name);
                for (int i = 0; i < (int)a.Count; i++)
                {
                    double d = a.DoubleAt(i) - b.DoubleAt(i);
                    difference += d * d;
                    norm += b.DoubleAt(i) * b.DoubleAt(i);
                }

                elements += a.Count;
            }

            worst = Math.Max(worst, Math.Sqrt(difference) / Math.Max(Math.Sqrt(norm), 1e-6 * Math.Sqrt(elements)));
        }

        return new Check("gradients", worst, Comparison.ToleranceOf(pipeline.Bundle, Comparison.GradientTolerance));
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
            Tensor(reference, $"output.{reference.Output}");
            foreach (var (name, value) in reference.Tensors.Where(t => t.Key.StartsWith("output.", StringComparison.Ordinal)))
                checks.Add(new Check(name, result.Outputs.TryGetValue(name["output.".Length..], out var own) ? Comparison.RelativeError(own, value) : double.PositiveInfinity, Comparison.ToleranceOf(session.Bundle, Comparison.OutputTolerance)));
            checks.Add(new Check("loss", Comparison.RelativeError(1, _ => result.Loss!.Value, Tensor(reference, "loss").DoubleAt), Comparison.ToleranceOf(session.Bundle, Comparison.OutputTolerance)));
        }

        public void AfterStep(TrainingSession session, double loss)
        {
            _losses.Add(loss);
            if (!isFirst || _losses.Count > 1)
                return;
            var trained = session.Executor.Parameters.Where(p => p.Role == ParameterRole.Trained).Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
            var names = session.Executor.Parameters.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
            foreach (string missing in trained.Where(t => !reference.Tensors.ContainsKey($"grad.{t}")))
                checks.Add(new Check($"grad.{missing}", double.PositiveInfinity, Comparison.ToleranceOf(session.Bundle, Comparison.GradientTolerance)));
            foreach (var (name, value) in reference.Tensors.Where(t => t.Key.StartsWith("grad.", StringComparison.Ordinal)))
            {
                string parameter = name["grad.".Length..];
                // What the loss does not depend on, or only through a step function, is not trained; PyTorch may call that a gradient of zeros.
                double error = trained.Contains(parameter) ? Comparison.RelativeError(session.Executor.GetGradient(parameter), value)
                    : names.Contains(parameter) ? Comparison.RelativeError((int)value.Count, _ => 0, value.DoubleAt)
                    : double.PositiveInfinity;
                checks.Add(new Check(name, error, Comparison.ToleranceOf(session.Bundle, Comparison.GradientTolerance)));
            }
        }

        public void AfterRun(TrainingSession session)
        {
            var losses = Tensor(reference, $"losses.{run.Name}");
            checks.Add(new Check($"losses.{run.Name}", losses.Count == _losses.Count ? Comparison.RelativeError(_losses.Count, i => _losses[i], losses.DoubleAt) : double.PositiveInfinity, Comparison.ToleranceOf(session.Bundle, Comparison.GradientTolerance)));
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
                checks.Add(new Check(name, error, Comparison.ToleranceOf(session.Bundle, Comparison.GradientTolerance), leftOut));
            }
        }
    }
}
