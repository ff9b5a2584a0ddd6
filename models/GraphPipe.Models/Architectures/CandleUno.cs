using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Models;

/// <summary>Sizes of CANDLE-Uno. The defaults are the paper's (GraphPipe, arXiv 2406.17145, section 7.1) where it gives them; it does not
/// give <see cref="Features"/> and the trunk.</summary>
public sealed record CandleUnoOptions
{
    /// <summary>Feature towers, one input each.</summary>
    public int Branches { get; init; } = 7;

    /// <summary>Dense layers of a tower: the first one widens, each further one is a residual block.</summary>
    public int Layers { get; init; } = 4;

    public int Width { get; init; } = 4096;

    public int Features { get; init; } = 4096;

    /// <summary>Dense layers behind the concatenation, as in a tower.</summary>
    public int TrunkLayers { get; init; } = 4;

    public int TrunkWidth { get; init; } = 4096;

    public int Seed { get; init; }

    public static CandleUnoOptions Small { get; } = new() { Branches = 4, Layers = 3, Width = 32, Features = 24, TrunkLayers = 3, TrunkWidth = 64 };

    internal static CandleUnoOptions Read(OptionReader o, CandleUnoOptions d) => new()
    {
        Branches = o.Number("branches", d.Branches, "feature towers, one input each"),
        Layers = o.Number("layers", d.Layers, "dense layers of a tower"),
        Width = o.Number("width", d.Width, "width of a tower"),
        Features = o.Number("features", d.Features, "numbers in an input"),
        TrunkLayers = o.Number("trunk_layers", d.TrunkLayers, "dense layers behind the concatenation"),
        TrunkWidth = o.Number("trunk_width", d.TrunkWidth, "their width"),
        Seed = o.Number("seed", d.Seed, "chooses the initial weights"),
    };

    internal void Check() => new OptionRules("candle-uno")
        .Positive(("branches", Branches), ("layers", Layers), ("width", Width), ("features", Features))
        .Positive(("trunk_layers", TrunkLayers), ("trunk_width", TrunkWidth))
        .ThrowIfBroken();
}

/// <summary>
/// CANDLE's Uno (predicting a tumour's response to drugs from cell and drug features, https://github.com/ECP-CANDLE/Benchmarks): a dense
/// tower with residual blocks per set of features, concatenated, a dense trunk, one number. Inputs <c>x0 …</c> f32[N,features], output
/// <c>y</c> f32[N,1] for mse.
/// </summary>
public static class CandleUno
{
    public const string Description = "CANDLE-Uno: dense feature towers with residual blocks, concatenated; regression";

    /// <exception cref="DiagnosticException">GP8001: sizes that fit no model.</exception>
    public static BuiltModel Build(CandleUnoOptions options)
    {
        options.Check();
        var b = new ModelBuilder("candle-uno", options.Seed);
        ValueId[] inputs = [.. Enumerable.Range(0, options.Branches).Select(i => b.Input($"x{i}", DType.F32, options.Features))];
        ValueId[] towers = [.. inputs.Select((x, i) => Residual(b, $"tower{i}", x, options.Layers, options.Width))];
        var y = Residual(b, "trunk", towers.Length == 1 ? towers[0] : b.Concat(1, towers), options.TrunkLayers, options.TrunkWidth);
        b.Output(BuiltModel.Output, b.Linear("out", y, 1));
        return BuiltModel.Of(b, Description, LossKind.Mse, []);
    }

    private static ValueId Residual(ModelBuilder b, string name, ValueId x, int layers, int width)
    {
        using var path = b.In(name);
        x = b.Relu(b.Linear("layers.0", x, width));
        for (int layer = 1; layer < layers; layer++)
            x = b.Add(x, b.Relu(b.Linear($"layers.{layer}", x, width)));
        return x;
    }
}
