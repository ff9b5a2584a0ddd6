using System.CommandLine;

namespace GraphPipe.Cli.Commands;

/// <summary><c>eval BUNDLE|MODEL</c>: loss and accuracy, without training.</summary>
internal sealed class EvalVerb : Verb
{
    private readonly Argument<string> _input;
    private readonly ModelOptions _options;
    private readonly RunOptions _run;
    private readonly Option<string?> _data;
    private readonly Option<string?> _checkpoint;

    public EvalVerb()
        : base("eval", "Compute loss and accuracy on data, without training.", "eval model.gpb --data test.npz", "eval trained.onnx --data test.safetensors --loss cross_entropy")
    {
        _input = Add(new Argument<string>("input") { HelpName = "BUNDLE|MODEL", Description = "A bundle or an .onnx file." });
        _data = Add(OptionKinds.Text("--data", "FILE|synthetic", "Inputs and target, by name: .npz or .safetensors."));
        _checkpoint = Add(OptionKinds.Text("--checkpoint", "DIR", "Take the weights from this checkpoint."));
        _run = new RunOptions(Command);
        _options = new ModelOptions(Command);
    }

    public override int Run(Call call)
    {
        string path = call.Subject = call.Get(_input);
        string data = call.Get(_data) ?? throw Usage.Error("there is no data", "name a file with --data");
        var pipeline = PipelineInput.Open(call, path, _options);
        pipeline.RequireTraining();
        using var session = pipeline.Load(call, _run.Read(call));
        if (call.Get(_checkpoint) is { } checkpoint)
            session.LoadWeights(checkpoint);
        var result = ModelEvaluator.Evaluate(session, DataInput.Open(call, data, pipeline, session.Executor.Inputs, null, 0, 1), call.Interrupt);
        call.Document["loss"] = JsonParts.Number(result.Loss);
        call.Document["accuracy"] = result.Accuracy is { } part ? JsonParts.Number(part) : null;
        call.Document["samples"] = result.Samples;
        call.Document["stages"] = pipeline.Bundle.Plan.Stages.Length;
        call.Text.WriteLine($"loss {result.Loss:G6}{(result.Accuracy is { } accuracy ? $", accuracy {accuracy:P2}" : "")} over {result.Samples} samples");
        return ExitCodes.Done;
    }
}
