using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Onnx;
using GraphPipe.Runtime;

namespace GraphPipe;

/// <summary>
/// A compiled pipeline, loaded on its devices: the few lines a program needs to train an ONNX model as a pipeline.
/// <code>
/// using var session = TrainingSession.Compile("model.onnx", new CompileOptions { Loss = LossKind.CrossEntropy, Mesh = DeviceMesh.Cpu(4), Stages = 4 });
/// foreach (var batch in source.Epoch(0))
///     Console.WriteLine(session.Step(batch).Loss);
/// session.SaveOnnx("trained.onnx");
/// </code>
/// To be used by one thread at a time, except <see cref="Abort"/>.
/// </summary>
public sealed class TrainingSession : IDisposable
{
    /// <param name="bundle">A whole bundle.</param>
    /// <param name="options">Devices, threads, timeouts.</param>
    /// <exception cref="DiagnosticException">GP6001: no kernel for some ops; GP6008: devices are missing.</exception>
    public TrainingSession(StageBundle bundle, DeviceOptions? options = null)
    {
        options ??= new DeviceOptions();
        Bundle = bundle;
        Dispatch = options.Dispatch;
        var weights = new Dictionary<string, TensorData>(StringComparer.Ordinal);
        foreach (var (name, data) in bundle.Stages.SelectMany(s => s.Weights))
            weights.TryAdd(name, data);
        Executor = new PipelineExecutor(
            bundle.Plan, [.. bundle.Stages.Select(s => s.Program)], weights, options.DeviceProviders(),
            new ExecutorOptions
            {
                Loss = bundle.Manifest.Loss.Kind == LossKind.None ? null : bundle.Manifest.Loss,
                StallTimeout = options.StallTimeout,
                ClockedRuns = options.ClockedRuns,
                Dispatch = options.Dispatch,
            });
    }

    public StageBundle Bundle { get; }

    /// <summary>How the devices take their actions.</summary>
    public Dispatch Dispatch { get; }

    /// <summary>The runtime underneath, for everything that this class does not repeat.</summary>
    public PipelineExecutor Executor { get; }

    /// <summary>Compiles a model file and loads the result.</summary>
    /// <exception cref="DiagnosticException">The model can't be compiled as asked, or there are no kernels for some of its ops.</exception>
    public static TrainingSession Compile(string modelPath, CompileOptions options, DeviceOptions? session = null) =>
        new(ModelCompiler.Compile(OnnxModel.Load(modelPath), options).Bundle, session);

    /// <summary>Loads a bundle file or folder.</summary>
    /// <exception cref="DiagnosticException">GP5xxx: the bundle is damaged.</exception>
    public static TrainingSession Load(string bundlePath, DeviceOptions? session = null) => new(BundleReader.Read(bundlePath), session);

    /// <summary>Trains on one mini-batch of at most the planned size.</summary>
    /// <returns>The loss before the update.</returns>
    public StepResult Step(MiniBatch batch, CancellationToken cancellation = default) => Executor.Step(batch, cancellation);

    /// <summary>Outputs and loss of one mini-batch, without training.</summary>
    public ForwardResult Evaluate(MiniBatch batch, CancellationToken cancellation = default) => Executor.Evaluate(batch, cancellation);

    /// <summary>Mean loss over a whole source.</summary>
    public double Evaluate(IBatchSource source) => Trainer.Evaluate(Executor, source).Loss;

    /// <summary>Outputs of one mini-batch, without targets.</summary>
    public ForwardResult Run(MiniBatch batch, CancellationToken cancellation = default) => Executor.Forward(batch, cancellation);

    /// <summary>Ends a step in progress with GP6005; may be called by any thread.</summary>
    public void Abort() => Executor.Abort();

    /// <summary>The trained parameters' values, by ONNX initializer name.</summary>
    public IReadOnlyDictionary<string, TensorData> Weights() =>
        Executor.Parameters.Where(p => p.Role == ParameterRole.Trained).ToDictionary(p => p.Name, p => Executor.GetParameter(p.Name), StringComparer.Ordinal);

    /// <summary>The original model with the trained weights: names, opset and structure unchanged.</summary>
    public byte[] ToOnnx()
    {
        // The skeleton lacks every large initializer that the bundle holds, trained or not.
        var weights = Executor.Parameters.ToDictionary(p => p.Name, p => Executor.GetParameter(p.Name), StringComparer.Ordinal);
        return TrainedModel.Fill(Bundle.ModelSkeleton, weights);
    }

    /// <summary>Writes <see cref="ToOnnx"/> to a file, whole or not at all.</summary>
    /// <exception cref="DiagnosticException">GP5007: it can't be written.</exception>
    public void SaveOnnx(string path) => AtomicFile.Write(path, ToOnnx());

    /// <summary>Writes weights, optimizer state and position; any partition of the model resumes from it.</summary>
    /// <exception cref="DiagnosticException">GP5007: it can't be written.</exception>
    public void SaveCheckpoint(string folder, TrainingPosition position) => CheckpointFolder.Write(SessionCheckpoint.Of(this, position), folder);

    /// <summary>Takes up a checkpoint of the same model, whatever its partition was.</summary>
    /// <exception cref="DiagnosticException">GP6007: it is damaged, of another model or of another optimizer.</exception>
    public TrainingPosition LoadCheckpoint(string folder) => SessionCheckpoint.Restore(this, CheckpointFolder.Read(folder));

    /// <summary>Takes the weights of a checkpoint of the same model, whatever it was trained with.</summary>
    /// <exception cref="DiagnosticException">GP6007: it is damaged or of another model.</exception>
    public void LoadWeights(string folder) => SessionCheckpoint.RestoreWeights(this, CheckpointFolder.Read(folder));

    public void Dispose() => Executor.Dispose();
}
