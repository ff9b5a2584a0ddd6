using System.CommandLine;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using GraphPipe.Runtime.Ort;

namespace GraphPipe.Cli.Commands;

/// <summary><c>run BUNDLE|MODEL</c>: pipelined inference.</summary>
internal sealed class RunVerb : Verb
{
    private readonly Argument<string> _input;
    private readonly ModelOptions _options;
    private readonly RunOptions _run;
    private readonly Option<string?> _inputs;
    private readonly Option<string?> _output;
    private readonly Option<string?> _engine;

    public RunVerb()
        : base(
            "run",
            "Run a model or bundle forward over all samples of a file.",
            "run model.gpb --inputs inputs.npz -o outputs.npz",
            "run model.onnx --inputs inputs.safetensors -o outputs.safetensors --devices cpu:2 --micro-batches 4")
    {
        _input = Add(new Argument<string>("input") { HelpName = "BUNDLE|MODEL", Description = "A bundle, or an .onnx file, which is compiled for inference." });
        _inputs = Add(OptionKinds.Text("--inputs", "FILE", "The inputs, by name: .npz or .safetensors."));
        _output = Add(OptionKinds.Text("--output", "FILE", "Where the outputs go: .npz or .safetensors.", "-o"));
        _engine = Add(OptionKinds.Choice("--engine", "native (default): our kernels; ort: each stage's forward as one ONNX Runtime session.", "native", "ort"));
        _run = new RunOptions(Command);
        _options = new ModelOptions(Command, isTraining: false);
    }

    public override int Run(Call call)
    {
        string path = call.Subject = call.Get(_input);
        string inputs = call.Get(_inputs) ?? throw Usage.Error("there are no inputs", "name a file of tensors with --inputs");
        if (call.Get(_output) is { } checkedPath)
            OutputFile.CheckTensors(checkedPath);
        var data = TensorFile.Read(inputs);
        // One device sees all samples at once, so that ops may mix them.
        var pipeline = PipelineInput.Open(call, path, _options, forInference: true, options =>
            options.Mesh.Count == 1 && options.MicroBatch == MicroBatchChoice.Automatic ? options with { MicroBatch = MicroBatchChoice.Of(1) } : options);
        var (outputs, samples) = Execute(call, pipeline, data);
        if (call.Get(_output) is { } output)
            OutputFile.WriteTensors(output, outputs);
        call.Document["engine"] = call.Get(_engine) ?? "native";
        call.Document["samples"] = samples;
        call.Document["stages"] = pipeline.Bundle.Plan.Stages.Length;
        call.Document["output"] = call.Get(_output);
        call.Document["outputs"] = JsonParts.List(outputs, o => JsonParts.Tensor(o.Key, o.Value.Type, $"[{string.Join(',', o.Value.Shape)}]", pipeline.Bundle.Manifest.Outputs.FirstOrDefault(d => d.Name == o.Key)?.Batch));
        foreach (var (name, value) in outputs)
            call.Text.WriteLine($"{name}: {value}");
        call.Text.WriteLine($"{samples} samples through {StageChart.Stages(pipeline.Bundle.Plan.Stages.Length)}{(call.Get(_output) is { } written ? $", wrote {written}" : "")}");
        return ExitCodes.Done;
    }

    private (TensorSet Outputs, long Samples) Execute(Call call, PipelineInput pipeline, TensorSet data)
    {
        var options = _run.Read(call);
        if (call.Get(_engine) == "ort")
        {
            using var engine = new OrtPipeline(pipeline.Bundle, options.ThreadsPerDevice);
            return InferenceRun.Run(pipeline.Bundle, engine, data, call.Interrupt);
        }

        using var session = pipeline.Load(call, options);
        return InferenceRun.Run(session, data, call.Interrupt);
    }
}
