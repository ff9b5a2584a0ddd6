using System.Collections.Immutable;
using System.Text.Json;
using GraphPipe.Bundle;

namespace GraphPipe;

/// <summary>An optimizer run of a reference: its settings and the number of steps.</summary>
public sealed record ReferenceRun(string Name, OptimizerSettings Settings, int Steps);

/// <summary>A recorded PyTorch run: <c>model.onnx</c>, <c>reference.safetensors</c>, <c>reference.json</c>.</summary>
public sealed record ReferenceFolder(
    string ModelPath, LossKind Loss, string Output, string Target, long Batch, ImmutableArray<string> Inputs, ImmutableArray<string> Frozen, ImmutableArray<ReferenceRun> Runs, TensorSet Tensors)
{
    /// <exception cref="DiagnosticException">GP7001, GP7002: the folder lacks a file, or one is damaged.</exception>
    public static ReferenceFolder Read(string folder)
    {
        string path = Path.Combine(folder, "reference.json");
        if (!File.Exists(path))
            throw new DiagnosticException(Diagnostic.Error(Codes.DataNotFound, "there is no reference.json", folder, "name a folder with model.onnx, reference.json and reference.safetensors"));
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            return new ReferenceFolder(
                Path.Combine(folder, "model.onnx"),
                root.GetProperty("loss").GetString() switch { "cross_entropy" => LossKind.CrossEntropy, "mse" => LossKind.Mse, _ => LossKind.Output },
                root.GetProperty("output").GetString()!,
                root.TryGetProperty("target", out var target) ? target.GetString()! : "target",
                root.GetProperty("batch").GetInt64(),
                Texts(root, "inputs"),
                Texts(root, "frozen"),
                [.. root.GetProperty("optimizers").EnumerateObject().Select(o => Run(o.Name, o.Value))],
                Safetensors.Read(Path.Combine(folder, "reference.safetensors")));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new DiagnosticException(Diagnostic.Error(Codes.DataUnreadable, $"reference.json can't be read: {e.Message}", path));
        }
    }

    private static ImmutableArray<string> Texts(JsonElement root, string name) =>
        root.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(e => e.GetString()!)] : [];

    private static ReferenceRun Run(string name, JsonElement o)
    {
        double Number(string key, double otherwise) => o.TryGetProperty(key, out var value) ? value.GetDouble() : otherwise;
        double Beta(int i, double otherwise) => o.TryGetProperty("betas", out var betas) ? betas[i].GetDouble() : otherwise;
        if (name is not ("sgd" or "adam" or "adamw"))
            throw new FormatException($"optimizer '{name}' is none of sgd, adam, adamw");
        bool adam = name.StartsWith("adam", StringComparison.Ordinal);
        var settings = new OptimizerSettings(
            name, Number("lr", 0.01), Number("momentum", 0), o.TryGetProperty("nesterov", out var nesterov) && nesterov.GetBoolean(), Number("weight_decay", name == "adamw" ? 0.01 : 0),
            adam ? Beta(0, 0.9) : 0, adam ? Beta(1, 0.999) : 0, adam ? Number("eps", 1e-8) : 0);
        return new ReferenceRun(name, settings, (int)Number("steps", 6));
    }
}
