using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Kernels;

/// <summary>
/// The one-node cases of shared/data/gradient-cases that these kernels do by themselves: outputs and gradients computed by PyTorch in
/// double precision.
/// </summary>
public class TorchElementwiseTests
{
    private static readonly string[] FromResult = ["Relu", "Sigmoid", "Tanh", "Sqrt"];

    // Their gradients are other core ops, or nothing.
    private static readonly string[] HasNoGradientOp = ["Ceil", "Exp", "Floor", "Log", "Neg", "Reciprocal", "Round"];

    private static readonly string[] Unary =
    [
        "Abs", "Acos", "Acosh", "Asin", "Atan", "Atanh", "Ceil", "Celu", "Clip", "Cos", "Cosh", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish",
        "LeakyRelu", "Log", "Mish", "Neg", "Reciprocal", "Relu", "Round", "Selu", "Shrink", "Sigmoid", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Swish", "Tan", "Tanh",
        "CumSum", "Slice", "Pad", "Tile", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd",
    ];

    private static readonly string[] Others = ["Max", "Min", "Pow", "PRelu", "Mod", "Where", "Transpose", "Expand", "ReduceSum", "Concat"];

    public static TheoryData<string> Ops() => [.. Unary, .. Others];

    [Theory]
    [MemberData(nameof(Ops))]
    public void As_torch(string op)
    {
        string folder = Path.Combine(Folder(), op);
        using var list = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "cases.json")));
        int done = 0;
        foreach (var item in list.RootElement.EnumerateArray())
        {
            if (item.GetProperty("source").GetString() == "node" && Run(op, item, Path.Combine(folder, item.GetProperty("case").GetString() + ".safetensors")))
                done++;
        }

        Assert.NotEqual(0, done);
    }

    /// <returns>False if a kernel alone does not do the case.</returns>
    private static bool Run(string op, JsonElement item, string file)
    {
        string name = $"{op}/{item.GetProperty("case").GetString()}";
        var tensors = Read(file);
        var attributes = Attributes.Empty;
        if (item.TryGetProperty("attributes", out var given))
        {
            foreach (var attribute in given.EnumerateObject())
                attributes = attributes.With(attribute.Name, Value(attribute.Value));
        }

        var inputs = item.GetProperty("inputs").EnumerateObject().Select(p => (p.Name, Value: tensors["input." + p.Name])).ToList();
        if (item.TryGetProperty("initializers", out var initializers))
        {
            foreach (var initializer in initializers.EnumerateObject())
            {
                string? attribute = (op, initializer.Name) switch
                {
                    ("Clip", "lo") => "min",
                    ("Clip", "hi") => "max",
                    ("Pad", "p") => "pads",
                    ("Pad", "v") => "value",
                    ("Tile", "reps") => "repeats",
                    ("Expand", "shape") => "shape",
                    ("CumSum", "axis") or ("Slice", _) => initializer.Name,
                    (_, "axes") when op.StartsWith("Reduce", StringComparison.Ordinal) => "axes",
                    _ => null,
                };
                if (attribute is not null)
                    attributes = attributes.With(attribute, Value(initializer.Value));
                else if (op == "Pow")
                    inputs.Add((initializer.Name, TensorData.Floats([], initializer.Value.GetSingle())));
                else
                    return false;
            }
        }

        int arity = op switch { "Max" or "Min" or "Pow" or "PRelu" or "Mod" => 2, "Where" => 3, "Concat" => inputs.Count, _ => 1 };
        if (inputs.Count != arity || (op == "Concat" && item.GetProperty("case").GetString() == "same_twice"))
            return false;
        var y = tensors["output.y"];
        TensorData[] operands = [.. inputs.Select(i => i.Value)];
        Compare("output.y", KernelProbe.Run(op, operands, Text(y), attributes));
        var dy = tensors["cotangent.y"];
        if (Unary.Contains(op) && !HasNoGradientOp.Contains(op))
        {
            TensorData[] reads = op switch
            {
                "CumSum" or "Slice" or "Pad" or "Tile" or "ReduceMean" => [dy],
                _ when op.StartsWith("Reduce", StringComparison.Ordinal) => [dy, operands[0], y],
                _ => [dy, FromResult.Contains(op) ? y : operands[0]],
            };
            Compare("grad." + inputs[0].Name, KernelProbe.Run("grad." + op, reads, Text(operands[0]), attributes));
        }
        else if (op is "Max" or "Min" or "Pow" or "PRelu")
        {
            for (int side = 0; side < 2; side++)
            {
                if (!tensors.ContainsKey("grad." + inputs[side].Name))
                    continue;
                var (kernel, reads) = (op, side) switch
                {
                    ("Pow", 0) => ("grad.PowBase", new[] { dy, operands[0], operands[1] }),
                    ("Pow", 1) => ("grad.PowExponent", [dy, operands[0], y]),
                    ("PRelu", 0) => ("grad.PReluX", [dy, operands[0], operands[1]]),
                    ("PRelu", 1) => ("grad.PReluSlope", [dy, operands[0]]),
                    _ => ("grad." + op, new[] { dy, operands[0], operands[1] }),
                };
                var part = KernelProbe.Run(kernel, reads, Text(y), Tensors.With(("side", side)));
                Compare("grad." + inputs[side].Name, KernelProbe.Run("grad.SumTo", [part], Text(operands[side])));
            }
        }

        return true;

        // Inputs of double precision were rounded, too: 1e-5 of the largest number, ten times that where the case says that it is ill-conditioned.
        void Compare(string key, TensorData actual)
        {
            var expected = tensors[key].As<float>().ToArray();
            double largest = expected.Where(float.IsFinite).Select(e => Math.Abs((double)e)).Append(1).Max();
            bool ill = item.TryGetProperty("flags", out var flags) && flags.ToString().Contains("ill_conditioned");
            actual.ShouldBe(i => expected[i], (ill ? 1e-4 : 1e-5) * largest, $"{name} {key}");
        }
    }

    private static string Text(TensorData t) => t.Shape.ToArray().Text();

    private static AttributeValue Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => Tensors.Ints([.. value.EnumerateArray().Select(v => v.GetInt64())]),
        _ when value.GetRawText().AsSpan().ContainsAny(".eE") => value.GetSingle(),
        _ => value.GetInt64(),
    };

    /// <summary>The tensors of a safetensors file; doubles as floats.</summary>
    private static Dictionary<string, TensorData> Read(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        int header = (int)BitConverter.ToInt64(bytes);
        using var json = JsonDocument.Parse(bytes.AsMemory(8, header));
        var result = new Dictionary<string, TensorData>();
        foreach (var entry in json.RootElement.EnumerateObject().Where(e => e.Name != "__metadata__"))
        {
            long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
            int[] range = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(o => 8 + header + o.GetInt32())];
            byte[] data = bytes[range[0]..range[1]];
            result.Add(entry.Name, entry.Value.GetProperty("dtype").GetString() switch
            {
                "F64" => Tensors.Floats(shape, i => MemoryMarshal.Cast<byte, double>(data)[i]),
                "F32" => new TensorData(DType.F32, [.. shape], data),
                "BOOL" => new TensorData(DType.Bool, [.. shape], data),
                "I64" => new TensorData(DType.I64, [.. shape], data),
                var type => throw new InvalidOperationException($"{file}: {type}"),
            });
        }

        return result;
    }

    private static string Folder([CallerFilePath] string here = "")
    {
        for (string? at = Path.GetDirectoryName(here); at is not null; at = Path.GetDirectoryName(at))
        {
            string candidate = Path.Combine(at, "shared", "data", "gradient-cases");
            if (Directory.Exists(candidate))
                return candidate;
        }

        Assert.Skip("shared/data/gradient-cases is not beside the checkout");
        throw new InvalidOperationException();
    }
}
