using System.CommandLine;
using GraphPipe.Bundle;
using GraphPipe.Compiler;

namespace GraphPipe.Cli.Commands;

/// <summary><c>compile MODEL -o X.gpb</c>: plan, differentiate, split, write the bundle.</summary>
internal sealed class CompileVerb : Verb
{
    private readonly Argument<string> _model;
    private readonly ModelOptions _options;
    private readonly Option<bool> _inference;
    private readonly Option<string?> _output;
    private readonly Option<string?> _perDevice;

    public CompileVerb()
        : base(
            "compile",
            "Compile a model into a bundle: plan, differentiate, split into stages.",
            "compile model.onnx -o model.gpb --devices cpu:4 --loss cross_entropy --optimizer adamw --mini-batch 64",
            "compile model.onnx -o model.gpb --plan plan.json",
            "compile model.onnx -o serve.gpb --inference --devices cpu:2")
    {
        _model = Add(new Argument<string>("model") { HelpName = "MODEL", Description = "An .onnx file." });
        _output = Add(OptionKinds.Text("--output", "X.gpb", "The bundle; a path that ends with / becomes a folder.", "-o"));
        _perDevice = Add(OptionKinds.Text("--per-device", "DIR", "Write one bundle per device into this folder."));
        _inference = Add(OptionKinds.Flag("--inference", "Compile the forward alone."));
        _options = new ModelOptions(Command);
    }

    public override int Run(Call call)
    {
        call.Subject = call.Get(_model);
        string? output = call.Get(_output), perDevice = call.Get(_perDevice);
        if (output is null && perDevice is null)
            throw Usage.Error("there is nowhere to write to", "name the bundle with -o, or a folder with --per-device");
        if (output is not null && !Path.EndsInDirectorySeparator(output) && !Directory.Exists(output))
            OutputFile.Check(output);
        var model = ModelFile.Load(call.Subject);
        var compiled = ModelCompiler.Compile(model, _options.Read(call, ModelHints.Of(model), call.Get(_inference)));
        call.Tell(compiled.Diagnostics);
        call.ThrowIfInterrupted();
        if (output is not null)
            BundleWriter.Write(compiled.Bundle, output);
        string[] parts = perDevice is null ? [] : [.. BundleWriter.WritePerDevice(compiled.Bundle, perDevice)];

        var plan = compiled.Bundle.Plan;
        var chart = StageChart.Of(compiled.Bundle);
        call.Document["output"] = output;
        call.Document["per_device"] = JsonParts.Texts(parts);
        call.Document["purpose"] = compiled.Bundle.Manifest.Purpose == BundlePurpose.Train ? "train" : "inference";
        call.Document["mini_batch"] = plan.MiniBatch;
        call.Document["schedule"] = plan.Schedule;
        call.Document["generation"] = plan.Generation;
        call.Document["depth"] = chart.Depth;
        call.Document["stages"] = StageJson.Stages(compiled.Bundle);
        call.Document["channels"] = StageJson.Channels(compiled.Bundle);
        call.Document["data"] = WantedData.Json(compiled.Bundle);
        call.Document["devices"] = StageJson.Memory(plan, compiled.Memory);
        chart.Write(call.Text);
        call.Text.WriteLine($"{StageChart.Stages(plan.Stages.Length)}, depth {chart.Depth}, {plan.Channels.Length} channels, {plan.Devices.Sum(d => d.Actions.Length)} actions a step");
        if (plan.Generation is { } generation)
            call.Text.WriteLine(StalenessText.Of(generation, "samples", WeightStaleness.Of(plan)));
        call.Text.WriteLine($"memory: {string.Join(", ", compiled.Memory.Devices.Select(d => $"{plan.Mesh[d.Device]} {d.Total}"))}");
        call.Text.WriteLine("data needs");
        WantedData.Write(call.Text, compiled.Bundle);
        if (output is not null)
            call.Text.WriteLine($"wrote {output}");
        foreach (string part in parts)
            call.Text.WriteLine($"wrote {part}");
        return ExitCodes.Done;
    }
}
