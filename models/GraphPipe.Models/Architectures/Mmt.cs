using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Models;

/// <summary>Sizes of the multi-modal transformer. The defaults are the paper's (GraphPipe, arXiv 2406.17145, section 7.1) where it gives them;
/// it does not give <see cref="Features"/>, <see cref="Classes"/> and, for certain, <see cref="FeedForward"/>.</summary>
public sealed record MmtOptions
{
    public int Branches { get; init; } = 4;

    /// <summary>Transformer layers of each branch.</summary>
    public int Layers { get; init; } = 8;

    public int Hidden { get; init; } = 1024;

    public int Heads { get; init; } = 16;

    /// <summary>Positions of each branch's input.</summary>
    public int Sequence { get; init; } = 256;

    /// <summary>Numbers per position of each branch's input.</summary>
    public int Features { get; init; } = 1024;

    /// <summary>Width inside a layer's feed-forward part. The paper's printed throughputs fit 1024 better than 4096.</summary>
    public int FeedForward { get; init; } = 4096;

    public int Classes { get; init; } = 1000;

    public int Seed { get; init; }

    /// <summary>Small enough to train in seconds.</summary>
    public static MmtOptions Small { get; } = new() { Layers = 2, Hidden = 32, Heads = 4, Sequence = 8, Features = 16, FeedForward = 16, Classes = 4 };

    internal static MmtOptions Read(OptionReader o, MmtOptions d) => new()
    {
        Branches = o.Number("branches", d.Branches, "independent towers, one input each"),
        Layers = o.Number("layers", d.Layers, "transformer layers of a tower"),
        Hidden = o.Number("hidden", d.Hidden, "width of a tower"),
        Heads = o.Number("heads", d.Heads, "attention heads; divides hidden"),
        Sequence = o.Number("sequence", d.Sequence, "positions of an input"),
        Features = o.Number("features", d.Features, "numbers per position of an input"),
        FeedForward = o.Number("ffn", d.FeedForward, "width inside a layer's feed-forward part"),
        Classes = o.Number("classes", d.Classes, "classes told apart"),
        Seed = o.Number("seed", d.Seed, "chooses the initial weights"),
    };

    internal void Check() => new OptionRules("mmt")
        .Positive(("branches", Branches), ("layers", Layers), ("hidden", Hidden), ("heads", Heads))
        .Positive(("sequence", Sequence), ("features", Features), ("ffn", FeedForward), ("classes", Classes))
        .Multiple("hidden", Hidden, "heads", Heads)
        .ThrowIfBroken();
}

/// <summary>
/// The paper's multi-modal transformer: one transformer tower per modality, each on its own input, so that the towers can run side by side;
/// their means over the sequence are concatenated and classified. Inputs <c>x0 …</c> f32[N,sequence,features], output <c>y</c>
/// f32[N,classes] for cross entropy.
/// </summary>
public static class Mmt
{
    public const string Description = "multi-modal transformer: independent transformer towers, concatenated and classified";

    /// <exception cref="DiagnosticException">GP8001: sizes that fit no model.</exception>
    public static BuiltModel Build(MmtOptions options)
    {
        options.Check();
        var b = new ModelBuilder("mmt", options.Seed);
        ValueId[] inputs = [.. Enumerable.Range(0, options.Branches).Select(i => b.Input($"x{i}", DType.F32, options.Sequence, options.Features))];
        var towers = inputs.Select((x, i) => Tower(b, $"branch{i}", x, options)).ToArray();
        var joined = b.Concat(1, towers);
        using (b.In("head"))
            joined = b.Linear("fc2", b.Relu(b.Linear("fc1", joined, options.Hidden)), options.Classes);
        b.Output(BuiltModel.Output, joined);
        return BuiltModel.Of(b, Description, LossKind.CrossEntropy, [(BuiltModel.Target, options.Classes)]);
    }

    private static ValueId Tower(ModelBuilder b, string name, ValueId x, MmtOptions options)
    {
        using var path = b.In(name);
        x = b.Linear("embed", x, options.Hidden);
        for (int layer = 0; layer < options.Layers; layer++)
            x = b.TransformerLayer($"layers.{layer}", x, options.Heads, options.FeedForward);
        return b.ReduceMean(b.LayerNorm("norm", x), 1);
    }
}
