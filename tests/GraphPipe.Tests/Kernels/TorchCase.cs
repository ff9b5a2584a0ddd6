using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;
using GraphPipe.Bundle;

namespace GraphPipe.Tests.Kernels;

/// <summary>A case of <c>../shared/data/gradient-cases</c>: one node with inputs, outputs, cotangent and gradients as PyTorch has them.</summary>
internal sealed class TorchCase
{
    private readonly Dictionary<string, TensorData> _tensors = [];
    private readonly string[] _inputs;

    private TorchCase(string folder, JsonElement record)
    {
        Name = $"{Path.GetFileName(folder)} {record.GetProperty("case").GetString()}";
        _inputs = [.. record.GetProperty("inputs").EnumerateObject().Select(p => p.Name)];
        if (record.TryGetProperty("attributes", out var attributes))
        {
            foreach (var a in attributes.EnumerateObject())
                Attributes = Attributes.With(a.Name, Value(a.Name, a.Value));
        }

        Read(Path.Combine(folder, record.GetProperty("case").GetString() + ".safetensors"));
    }

    public string Name { get; }

    public Attributes Attributes { get; } = Attributes.Empty;

    /// <summary>Null where the node has fewer.</summary>
    public TensorData? Input(int i) => i < _inputs.Length ? _tensors["input." + _inputs[i]] : null;

    public Naive Output => Naive.Of(_tensors["output.y"]);

    public TensorData Cotangent => _tensors["cotangent.y"];

    public Naive Gradient(int i) => Naive.Of(_tensors["grad." + _inputs[i]]);

    /// <summary>The folder, or null if the data is not beside the checkout.</summary>
    public static string? Folder([CallerFilePath] string here = "")
    {
        string? at = Path.GetDirectoryName(here);
        while (at is not null && !Directory.Exists(Path.Combine(at, "..", "shared", "data", "gradient-cases")))
            at = Path.GetDirectoryName(at);
        return at is null ? null : Path.GetFullPath(Path.Combine(at, "..", "shared", "data", "gradient-cases"));
    }

    /// <summary>The cases of an operator that are a plain node with nothing to resolve.</summary>
    public static IEnumerable<TorchCase> Of(string op, int opset = 13)
    {
        string folder = Path.Combine(Folder()!, op);
        using var cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "cases.json")));
        foreach (var record in cases.RootElement.EnumerateArray())
        {
            if (record.GetProperty("source").GetString() == "node" && record.GetProperty("opset").GetInt32() >= opset && !record.TryGetProperty("initializers", out _)
                && !(record.TryGetProperty("attributes", out var a) && a.TryGetProperty("auto_pad", out _)))
                yield return new TorchCase(folder, record);
        }
    }

    private static AttributeValue Value(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray().Select(v => v.GetInt64()).ToImmutableArray(),
        JsonValueKind.Number when name is "alpha" or "beta" or "epsilon" => value.GetSingle(),
        JsonValueKind.Number => value.GetInt64(),
        _ => value.GetString()!,
    };

    // Floating-point tensors become f32.
    private void Read(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        int header = (int)BitConverter.ToInt64(bytes);
        using var json = JsonDocument.Parse(bytes.AsMemory(8, header));
        foreach (var tensor in json.RootElement.EnumerateObject().Where(t => t.Name != "__metadata__"))
        {
            var shape = tensor.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()).ToImmutableArray();
            var range = tensor.Value.GetProperty("data_offsets").EnumerateArray().Select(o => o.GetInt32() + 8 + header).ToArray();
            var type = tensor.Value.GetProperty("dtype").GetString() switch
            {
                "F64" => DType.F64,
                "F32" => DType.F32,
                "I64" => DType.I64,
                "I32" => DType.I32,
                "BOOL" => DType.Bool,
                var other => throw new NotSupportedException(other),
            };
            var data = new TensorData(type, shape, bytes.AsMemory(range[0]..range[1]));
            _tensors[tensor.Name] = type == DType.F64 ? Naive.Of(data).Floats() : data;
        }
    }
}
