using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Models;

/// <summary>Sizes of the recommendation model. The defaults are the paper's (GraphPipe, arXiv 2406.17145, section 7.1) where it gives them;
/// it does not give <see cref="DenseFeatures"/> and the top.</summary>
public sealed record DlrmOptions
{
    /// <summary>Towers of dense features, one input each.</summary>
    public int DenseBranches { get; init; } = 7;

    /// <summary>Layers of a dense tower, before the one that brings it to <see cref="Width"/>.</summary>
    public int DenseLayers { get; init; } = 4;

    public int DenseWidth { get; init; } = 4096;

    public int DenseFeatures { get; init; } = 4096;

    /// <summary>Embedding bags, one input each.</summary>
    public int SparseBranches { get; init; } = 7;

    /// <summary>Rows of each table.</summary>
    public int Rows { get; init; } = 1_000_000;

    /// <summary>Width of a table, and of everything that interacts.</summary>
    public int Width { get; init; } = 64;

    /// <summary>Indices summed per bag.</summary>
    public int Bag { get; init; } = 100;

    public int TopLayers { get; init; } = 2;

    public int TopWidth { get; init; } = 1024;

    public int Seed { get; init; }

    public static DlrmOptions Small { get; } = new()
    {
        DenseBranches = 2,
        DenseLayers = 2,
        DenseWidth = 64,
        DenseFeatures = 13,
        SparseBranches = 4,
        Rows = 200,
        Width = 16,
        Bag = 3,
        TopLayers = 2,
        TopWidth = 64,
    };

    internal static DlrmOptions Read(OptionReader o, DlrmOptions d) => new()
    {
        DenseBranches = o.Number("dense_branches", d.DenseBranches, "towers of dense features"),
        DenseLayers = o.Number("dense_layers", d.DenseLayers, "layers of a dense tower"),
        DenseWidth = o.Number("dense_width", d.DenseWidth, "width of a dense tower"),
        DenseFeatures = o.Number("dense_features", d.DenseFeatures, "numbers in a dense input"),
        SparseBranches = o.Number("sparse_branches", d.SparseBranches, "embedding bags"),
        Rows = o.Number("rows", d.Rows, "rows of a table"),
        Width = o.Number("dim", d.Width, "width of a table and of the interaction"),
        Bag = o.Number("bag", d.Bag, "indices in a bag"),
        TopLayers = o.Number("top_layers", d.TopLayers, "hidden layers behind the interaction"),
        TopWidth = o.Number("top_width", d.TopWidth, "their width"),
        Seed = o.Number("seed", d.Seed, "chooses the initial weights"),
    };

    internal void Check() => new OptionRules("dlrm")
        .Positive(("dense_branches", DenseBranches), ("dense_layers", DenseLayers), ("dense_width", DenseWidth), ("dense_features", DenseFeatures))
        .Positive(("sparse_branches", SparseBranches), ("rows", Rows), ("dim", Width), ("bag", Bag), ("top_layers", TopLayers), ("top_width", TopWidth))
        .ThrowIfBroken();
}

/// <summary>
/// Facebook's recommendation model (Naumov et al., arXiv 1906.00091) with several dense towers, as the paper has it: dense towers and
/// embedding bags side by side, the products of all pairs of their results, and layers on top. Inputs <c>dense0 …</c>
/// f32[N,dense_features] and <c>sparse0 …</c> i64[N,bag], output <c>y</c> f32[N,1] for mse.
/// </summary>
public static class Dlrm
{
    public const string Description = "recommendation model: dense towers and embedding bags, pairwise interaction, layers on top";

    /// <exception cref="DiagnosticException">GP8001: sizes that fit no model.</exception>
    public static BuiltModel Build(DlrmOptions options)
    {
        options.Check();
        var b = new ModelBuilder("dlrm", options.Seed);
        ValueId[] dense = [.. Enumerable.Range(0, options.DenseBranches).Select(i => b.Input($"dense{i}", DType.F32, options.DenseFeatures))];
        ValueId[] sparse = [.. Enumerable.Range(0, options.SparseBranches).Select(i => b.Input($"sparse{i}", DType.I64, options.Bag))];
        ValueId[] towers = [.. dense.Select((x, i) => Tower(b, $"dense.{i}", x, options))];
        // The model's own initial range, much narrower than PyTorch's: a bag sums many rows.
        var initial = new InitialWeights.Uniform(1 / MathF.Sqrt(options.Rows));
        ValueId[] bags = [.. sparse.Select((x, i) => b.EmbeddingBag($"sparse.{i}", x, options.Rows, options.Width, initial))];

        var y = b.Concat(1, [.. towers, Interaction(b, [.. towers, .. bags])]);
        using (b.In("top"))
        {
            for (int layer = 0; layer < options.TopLayers; layer++)
                y = b.Relu(b.Linear($"layers.{layer}", y, options.TopWidth));
            y = b.Linear("out", y, 1);
        }

        b.Output(BuiltModel.Output, y);
        return BuiltModel.Of(b, Description, LossKind.Mse, Enumerable.Range(0, options.SparseBranches).Select(i => ($"sparse{i}", (long)options.Rows)));
    }

    private static ValueId Tower(ModelBuilder b, string name, ValueId x, DlrmOptions options)
    {
        using var path = b.In(name);
        for (int layer = 0; layer < options.DenseLayers; layer++)
            x = b.Relu(b.Linear($"layers.{layer}", x, options.DenseWidth));
        return b.Linear("out", x, options.Width);
    }

    /// <summary>The products of all pairs of vectors [N,width]: the part of V·Vᵀ below the diagonal, flattened.</summary>
    private static ValueId Interaction(ModelBuilder b, ValueId[] vectors)
    {
        using var path = b.In("interaction");
        var stacked = b.Concat(1, [.. vectors.Select(v => b.Unsqueeze(v, 1))]);
        var products = b.Reshape(b.MatMul(stacked, b.Transpose(stacked, 0, 2, 1)), -1);
        var pairs = from row in Enumerable.Range(0, vectors.Length) from column in Enumerable.Range(0, row) select (long)row * vectors.Length + column;
        return b.Gather(products, b.Numbers([.. pairs]), 1);
    }
}
