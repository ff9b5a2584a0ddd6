using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx;
using GraphPipe.Runtime;

namespace GraphPipe.Tests.Gradients;

/// <summary>
/// A small model around one operator. <paramref name="Values"/> declares what the op reads, separated by semicolons:
/// <list type="bullet">
/// <item><c>%a [N,3]</c>: values with samples, made of an input <c>%a.x</c> and a trained parameter <c>@a.p : f32[3]</c> that is added to it;</item>
/// <item><c>@w [3,4]</c>: a trained parameter;</item>
/// <item>both with <c>in LOW..HIGH</c> where the operator's domain asks for it (else -2..2);</item>
/// <item><c>$i [N,2] &lt; 5</c>: an input of whole numbers from -5 to 4;</item>
/// <item><c>#k i64[2] {0, 1}</c>: a constant, or frozen if it is f32.</item>
/// </list>
/// <paramref name="Body"/> holds ops in IR text without types; <c>%y</c> is the output.
/// </summary>
internal sealed partial record GradientCase(string Op, string Name, string Values, string Body, long Opset = 24)
{
    public const long Samples = 4;

    // Numbers lie on a grid, operands off each other's, so that no kink (0, ±1, other multiples of 1/16) and no tie is nearer than a difference looks.
    private const float Grid = 1f / 16;

    public override string ToString() => $"{Op}: {Name}";

    /// <summary>Names of constants that would count as parameters.</summary>
    public IEnumerable<string> Frozen => Declarations.Where(d => d.Groups["kind"].Value == "#" && d.Groups["type"].Value == "f32").Select(d => d.Groups["name"].Value);

    private IEnumerable<Match> Declarations => Values.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(d => Declaration().Match(d) is { Success: true } match ? match : throw new FormatException($"{this}: '{d}' declares nothing"));

    /// <summary>The model at level onnx.</summary>
    public Module Module(out MiniBatch inputs)
    {
        var parameters = new StringBuilder();
        var graphInputs = new List<string>();
        var ops = new StringBuilder();
        var data = new Dictionary<string, TensorData>(StringComparer.Ordinal);
        int number = 0;
        foreach (var match in Declarations)
        {
            string name = match.Groups["name"].Value, dims = match.Groups["dims"].Value;
            var (low, high) = match.Groups["low"].Success ? (Number(match, "low"), Number(match, "high")) : (-2f, 2f);
            switch (match.Groups["kind"].Value)
            {
                case "%":
                    long[] shape = [.. Dims(dims).Skip(1)];
                    AppendParameter(parameters, name + ".p", shape, Spread(shape, low, low + (0.75f * (high - low)), number));
                    data.Add(name + ".x", Offsets(shape, 0.25f * (high - low)));
                    graphInputs.Add($"%{name}.x : f32[{dims}]");
                    ops.Append(CultureInfo.InvariantCulture, $"    %{name} = Add(%{name}.x, @{name}.p) : ?\n");
                    break;
                case "@":
                    AppendParameter(parameters, name, Dims(dims), Spread(Dims(dims), low, high, number));
                    break;
                case "$":
                    long limit = long.Parse(match.Groups["limit"].Value, CultureInfo.InvariantCulture);
                    long[] whole = Dims(dims);
                    data.Add(name, TensorData.Longs([.. whole], [.. Enumerable.Range(0, (int)Count(whole)).Select(i => (i * 7 % (2 * limit)) - limit)]));
                    graphInputs.Add($"%{name} : i64[{dims}]");
                    break;
                default:
                    parameters.Append(CultureInfo.InvariantCulture, $"  const @{name} : {match.Groups["type"].Value}[{dims}] #0 = {match.Groups["elements"].Value}\n");
                    break;
            }

            number++;
        }

        foreach (string line in Body.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            ops.Append(CultureInfo.InvariantCulture, $"    {line} : {string.Join(", ", line[..line.IndexOf('=', StringComparison.Ordinal)].Split(',').Select(_ => "?"))}\n");
        string text = $"module @m level(onnx) {{\n  opset \"\" {Opset}\n{parameters}  graph({string.Join(", ", graphInputs)}) -> (%y) {{\n{ops}  }}\n}}\n";
        inputs = new MiniBatch(Samples, data);
        return Parser.Parse(text, file: ToString());
    }

    /// <summary>The model as it comes out of a file.</summary>
    public OnnxModel Model(out MiniBatch inputs) => OnnxModel.Parse(OnnxExport.Write(Module(out inputs)));

    [GeneratedRegex(@"^(?<kind>[%@$#])(?<name>\w+)\s+(?<type>\w*)\[(?<dims>[^\]]*)\](\s+in\s+(?<low>[-.\d]+)\.\.(?<high>[-.\d]+))?(\s*<\s*(?<limit>\d+))?(\s*(?<elements>\{.*\}))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Declaration();

    private static float Number(Match match, string group) => float.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    private static long[] Dims(string dims) => [.. dims.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(d => d == "N" ? Samples : long.Parse(d, CultureInfo.InvariantCulture))];

    private static long Count(long[] shape) => shape.Aggregate(1L, (a, b) => a * b);

    // Different numbers over the range, shuffled.
    private static float[] Spread(long[] shape, float low, float high, int number)
    {
        int count = (int)Count(shape);
        int stride = Enumerable.Range(Math.Max(1, (count / 2) + number), count + 1).First(s => Gcd(s, count) == 1);
        float offset = number % 2 == 0 ? Grid / 2 : Grid / 4;
        return [.. Enumerable.Range(0, count).Select(i => (MathF.Floor((low + ((high - low) * (i * stride % count) / count)) / Grid) * Grid) + offset)];
    }

    // One number for each sample.
    private static TensorData Offsets(long[] shape, float range)
    {
        long each = Count(shape);
        return TensorData.Floats([Samples, .. shape], [.. Enumerable.Range(0, (int)(Samples * each)).Select(i => MathF.Floor(range * (i / each) / Samples / Grid) * Grid)]);
    }

    private static void AppendParameter(StringBuilder text, string name, long[] shape, float[] values) => text.Append(
        CultureInfo.InvariantCulture, $"  param @{name} : f32[{string.Join(',', shape)}] #0 = {{{string.Join(", ", values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)))}}}\n");

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);
}
