using System.CommandLine;
using GraphPipe.Bundle;
using GraphPipe.Models;

namespace GraphPipe.Cli.Commands;

/// <summary><c>models build NAME</c>: writes a ready-made model, and data that it can learn.</summary>
internal sealed class ModelsBuildVerb : Verb
{
    private readonly Argument<string> _name;
    private readonly Argument<string[]> _settings;
    private readonly Option<string?> _output;
    private readonly Option<string?> _data;
    private readonly Option<long?> _samples;
    private readonly Option<long?> _seed;
    private readonly Option<long?> _draw;

    public ModelsBuildVerb()
        : base(
            "models build",
            "Write a ready-made model as an .onnx file, and data that it can learn.",
            "models build mmt-small -o mmt.onnx",
            "models build mmt-small branches=2 -o mmt.onnx --data train.npz --samples 512",
            "models build mmt-small --data test.npz --samples 128 --draw 1")
    {
        _name = Add(new Argument<string>("name") { HelpName = "NAME", Description = $"One of {string.Join(", ", ModelCatalog.Entries.Select(e => e.Name))}." });
        _settings = Add(new Argument<string[]>("settings") { HelpName = "KEY=VALUE", Description = "Options of the model; 'models list --verbose' lists them.", Arity = ArgumentArity.ZeroOrMore });
        _output = Add(OptionKinds.Text("--output", "MODEL.onnx", "The model file.", "-o"));
        _data = Add(OptionKinds.Text("--data", "FILE", "Write data for it: .npz or .safetensors."));
        _samples = Add(OptionKinds.Whole("--samples", "N", "Samples of the data. Default 256.", most: int.MaxValue));
        _seed = Add(OptionKinds.Whole("--seed", "N", "Chooses what there is to learn. Default 0.", 0));
        _draw = Add(OptionKinds.Whole("--draw", "N", "Chooses the samples: training and validation data are two draws. Default 0.", 0));
    }

    public override int Run(Call call)
    {
        string name = call.Get(_name);
        call.Subject = $"model {name}";
        string? output = call.Get(_output), data = call.Get(_data);
        if (output is null && data is null)
            throw Usage.Error("there is nowhere to write to", "name the model file with -o, or a data file with --data");
        OutputFile.Check(output);
        if (data is not null)
            OutputFile.CheckTensors(data);
        var model = ModelCatalog.Build(name, call.Get(_settings));
        if (output is not null)
            model.Save(output);
        if (data is not null)
            new SyntheticData(model, call.Get(_seed) ?? 0).Save(data, (int)(call.Get(_samples) ?? 256), call.Get(_draw) ?? 0);
        call.Document["name"] = name;
        call.Document["output"] = output;
        call.Document["data"] = data;
        call.Document["parameters"] = model.ParameterCount;
        call.Document["loss"] = model.Loss == LossKind.CrossEntropy ? "cross_entropy" : "mse";
        call.Document["frozen"] = JsonParts.Texts(model.Frozen);
        call.Text.WriteLine($"{name}: {StageChart.Count(model.ParameterCount)} parameters, loss {call.Document["loss"]}");
        foreach (string? written in new[] { output, data })
        {
            if (written is not null)
                call.Text.WriteLine($"wrote {written}");
        }

        return ExitCodes.Done;
    }
}
