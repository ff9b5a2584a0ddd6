using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Models;

/// <summary>Sizes of the language model. Not one of the paper's; the defaults are those of GPT-2's smallest.</summary>
public sealed record GptOptions
{
    public int Vocabulary { get; init; } = 50257;

    public int Sequence { get; init; } = 1024;

    public int Layers { get; init; } = 12;

    public int Hidden { get; init; } = 768;

    public int Heads { get; init; } = 12;

    public int FeedForward { get; init; } = 3072;

    /// <summary>Whether the output uses the table of the input: then one parameter is used at both ends of the pipeline.</summary>
    public bool Tied { get; init; } = true;

    /// <summary>Whether each layer reads a learned sum of everything before it (DenseFormer, arXiv 2402.02622), which makes many long skips.</summary>
    public bool DenseSkips { get; init; }

    public int Seed { get; init; }

    public static GptOptions Small { get; } = new() { Vocabulary = 96, Sequence = 16, Layers = 3, Hidden = 40, Heads = 4, FeedForward = 80 };

    internal static GptOptions Read(OptionReader o, GptOptions d) => new()
    {
        Vocabulary = o.Number("vocabulary", d.Vocabulary, "tokens there are"),
        Sequence = o.Number("sequence", d.Sequence, "tokens of a sample"),
        Layers = o.Number("layers", d.Layers, "transformer layers"),
        Hidden = o.Number("hidden", d.Hidden, "width"),
        Heads = o.Number("heads", d.Heads, "attention heads; divides hidden"),
        FeedForward = o.Number("ffn", d.FeedForward, "width inside a layer's feed-forward part"),
        Tied = o.Flag("tied", d.Tied, "whether the output uses the input's table"),
        DenseSkips = o.Flag("dense_skips", d.DenseSkips, "whether each layer reads all earlier layers' results"),
        Seed = o.Number("seed", d.Seed, "chooses the initial weights"),
    };

    internal void Check() => new OptionRules("gpt")
        .Positive(("vocabulary", Vocabulary), ("sequence", Sequence), ("layers", Layers), ("hidden", Hidden), ("heads", Heads), ("ffn", FeedForward))
        .Multiple("hidden", Hidden, "heads", Heads)
        .Require(Sequence <= 32768, $"option 'sequence' is {Sequence}: the causal mask would not fit into one tensor", "give at most 32768")
        .ThrowIfBroken();
}

/// <summary>
/// A causal language model. Input <c>tokens</c> i64[N,sequence], output <c>y</c> f32[N,vocabulary,sequence] (classes along the second axis,
/// as cross entropy wants them) for the next token at each position.
/// </summary>
public static class Gpt
{
    public const string Description = "causal language model; optionally with tied embeddings, and with skips from every layer to every later one";

    // GPT-2's.
    private static readonly InitialWeights.Normal Embeddings = new(0.02f);

    /// <exception cref="DiagnosticException">GP8001: sizes that fit no model.</exception>
    public static BuiltModel Build(GptOptions options)
    {
        options.Check();
        var b = new ModelBuilder("gpt", options.Seed);
        var tokens = b.Input("tokens", DType.I64, options.Sequence);
        var table = b.Parameter("tok.weight", [options.Vocabulary, options.Hidden], Embeddings);
        var positions = b.Parameter("pos.weight", [options.Sequence, options.Hidden], Embeddings);
        var mask = b.CausalMask(options.Sequence);
        var x = b.Add(b.Gather(table, tokens), positions);
        var all = new List<ValueId> { x };
        for (int layer = 0; layer < options.Layers; layer++)
        {
            if (options.DenseSkips && layer > 0)
                x = WeightedSum(b, $"layers.{layer}.mix", all);
            x = b.TransformerLayer($"layers.{layer}", x, options.Heads, options.FeedForward, mask);
            all.Add(x);
        }

        x = b.LayerNorm("norm", x);
        var logits = options.Tied ? b.MatMul(x, b.Transpose(table, 1, 0)) : b.Linear("out", x, options.Vocabulary, bias: false);
        b.Output(BuiltModel.Output, b.Transpose(logits, 0, 2, 1));
        return BuiltModel.Of(b, Description, LossKind.CrossEntropy, [("tokens", options.Vocabulary), (BuiltModel.Target, options.Vocabulary)]);
    }

    /// <summary>The sum of all earlier results, each times a number of its own; at the start their mean.</summary>
    private static ValueId WeightedSum(ModelBuilder b, string name, IReadOnlyList<ValueId> values)
    {
        using var path = b.In(name);
        var initial = new InitialWeights.Filled(1f / values.Count);
        return values.Select((x, i) => b.Mul(x, b.Parameter($"{i}.weight", [1], initial))).Aggregate(b.Add);
    }
}
