using GraphPipe.Bundle;
using GraphPipe.Models;
using GraphPipe.Onnx;
using GraphPipe.Tests.Bundle;
using Xunit;
using static GraphPipe.Tests.Cli.CommandAnswers;

namespace GraphPipe.Tests.Cli;

/// <summary>The road of a model of halves through the commands: check, train, resume, evaluate, run, export, verify.</summary>
public class HalfVerbTests
{
    [Theory]
    [InlineData(DType.F16, "npz")]
    [InlineData(DType.F16, "safetensors")]
    [InlineData(DType.BF16, "safetensors")]
    public void A_model_of_halves_goes_all_the_way(DType half, string kind)
    {
        using var folder = new TemporaryFolder();
        var built = ModelCatalog.Build("mmt-small");
        (built with { Module = HalfModels.Of(built.Module, half) }).Save(folder["m.onnx"]);
        string data = folder[$"data.{kind}"], outputs = folder[$"out.{kind}"];
        var samples = new SyntheticData(built).Draw(24, draw: 0);
        Write(data, samples.Select(t => KeyValuePair.Create(t.Key, HalfModels.Rounded(t.Value, half))));
        string[] pipeline = ["--devices", "cpu:2", "--stages", "2", "--mini-batch", "8", "--micro-batches", "2"];
        Assert.True(Json("check", [folder["m.onnx"]])["compilable"]!.GetValue<bool>());
        Json("train", [folder["m.onnx"], .. pipeline, "--optimizer", "adamw", "--data", data, "--steps", "4", "--checkpoint", folder["run"], "-o", folder["once.onnx"]]);
        Json("train", [folder["m.onnx"], .. pipeline, "--optimizer", "adamw", "--data", data, "--steps", "2", "--checkpoint", folder["part"]]);
        Json("train", [folder["m.onnx"], .. pipeline, "--optimizer", "adamw", "--data", data, "--steps", "4", "--checkpoint", folder["part"], "--resume"]);
        Json("export", [folder["part"], "-o", folder["twice.onnx"]]);
        Assert.Equal(File.ReadAllBytes(folder["once.onnx"]), File.ReadAllBytes(folder["twice.onnx"]));
        Assert.All(OnnxModel.Load(folder["once.onnx"]).ToModule().Parameters.Where(p => p.Data!.Type.IsFloat()), p => Assert.Equal(half, p.Data!.Type));
        Assert.InRange(Json("eval", [folder["once.onnx"], "--data", data, "--mini-batch", "8"])["accuracy"]!.GetValue<double>(), 0, 1);
        Json("run", [folder["once.onnx"], "--inputs", data, "-o", outputs]);
        Assert.Equal(half, TensorFile.Read(outputs)["y"].Type);
        Json("verify", [folder["m.onnx"], .. pipeline]);
    }

    [Fact]
    public void Data_of_another_type_is_refused()
    {
        using var folder = new TemporaryFolder();
        var built = ModelCatalog.Build("mmt-small");
        (built with { Module = HalfModels.Of(built.Module, DType.BF16) }).Save(folder["m.onnx"]);
        Write(folder["data.npz"], new SyntheticData(built).Draw(8, draw: 0));
        Assert.All(Fails(3, "train", folder["m.onnx"], "--mini-batch", "8", "--data", folder["data.npz"]), c => Assert.Equal(Codes.DataType, c));
    }

    private static void Write(string path, IEnumerable<KeyValuePair<string, TensorData>> tensors)
    {
        if (path.EndsWith(".npz", StringComparison.Ordinal))
            Npz.Write(path, tensors);
        else
            Safetensors.Write(path, new TensorSet(tensors));
    }

    private static System.Text.Json.Nodes.JsonObject Json(string verb, string[] rest) => CommandAnswers.Json([verb, .. rest]);
}
