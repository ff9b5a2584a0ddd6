using GraphPipe.Bundle;
using Microsoft.ML.OnnxRuntime;

namespace GraphPipe.Runtime.Ort;

/// <summary>A stage's <c>forward.onnx</c> as one session. Inputs and outputs have the names of the stage program's buffers.</summary>
internal sealed class OrtStageEngine : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly Dictionary<string, BufferDecl> _buffers;

    /// <exception cref="DiagnosticException">GP6001: ONNX Runtime can't execute the model; it says why. GP6008: it is to use a GPU, and can't.</exception>
    public OrtStageEngine(BundledStage stage, int threads)
    {
        Program = stage.Program;
        try
        {
            using var options = OrtSettings.Create(threads);
            if (OrtCuda.IsWanted)
                OrtCuda.Add(options, gpu: 0);
            _session = new InferenceSession(stage.ForwardOnnx.ToArray(), options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new DiagnosticException(Diagnostic.Error(
                Codes.KernelMissing, $"ONNX Runtime can't execute stage '{Program.Name}': {e.Message.ReplaceLineEndings(" ")}", advice: "run the model on its own kernels (--engine native)"));
        }

        _buffers = Program.Buffers.ToDictionary(b => b.Name, StringComparer.Ordinal);
    }

    public StageProgram Program { get; }

    public IReadOnlyList<string> InputNames => _session.InputNames;

    public IReadOnlyList<string> OutputNames => _session.OutputNames;

    public BufferDecl Buffer(string name) => _buffers[name];

    /// <summary>Computes all outputs of a micro-batch.</summary>
    /// <param name="samples">N.</param>
    /// <param name="inputs">One for each of <see cref="InputNames"/>.</param>
    /// <param name="outputs">Memory for each of <see cref="OutputNames"/>.</param>
    public void Run(long samples, IReadOnlyList<HostTensor> inputs, IReadOnlyList<HostTensor> outputs)
    {
        var from = new List<OrtValue>();
        var to = new List<OrtValue>();
        try
        {
            for (int i = 0; i < inputs.Count; i++)
                from.Add(inputs[i].ToOrt(_buffers[InputNames[i]], samples));
            for (int i = 0; i < outputs.Count; i++)
                to.Add(outputs[i].ToOrt(_buffers[OutputNames[i]], samples));
            _session.Run(_run, InputNames, from, OutputNames, to);
        }
        finally
        {
            foreach (var value in from.Concat(to))
                value.Dispose();
        }
    }

    public void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
    }
}
