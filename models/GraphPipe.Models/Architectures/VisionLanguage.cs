using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Models;

/// <summary>Sizes of the vision-language model. Not one of the paper's; the defaults are of a size between CLIP and LLaVA.</summary>
public sealed record VisionLanguageOptions
{
    /// <summary>Height and width of an image; a multiple of what patches and levels divide it by.</summary>
    public int Image { get; init; } = 224;

    public int Channels { get; init; } = 3;

    /// <summary>Height and width of a patch of the first level.</summary>
    public int Patch { get; init; } = 8;

    /// <summary>Transformer layers of each level of the vision tower.</summary>
    public ImmutableArray<int> VisionLayers { get; init; } = [4, 8, 4];

    /// <summary>Width of the first level; each further level is twice as wide and has a quarter of the positions.</summary>
    public int VisionHidden { get; init; } = 256;

    /// <summary>Heads of the first level; doubled with the width.</summary>
    public int VisionHeads { get; init; } = 4;

    public int Vocabulary { get; init; } = 32000;

    /// <summary>Tokens of the text.</summary>
    public int Sequence { get; init; } = 128;

    /// <summary>Transformer layers of the language part.</summary>
    public int Layers { get; init; } = 12;

    public int Hidden { get; init; } = 1024;

    public int Heads { get; init; } = 16;

    /// <summary>Width inside the language part's feed-forward layers; the vision tower's is four times its width.</summary>
    public int FeedForward { get; init; } = 4096;

    public int Seed { get; init; }

    public static VisionLanguageOptions Small { get; } = new()
    {
        Image = 16,
        Patch = 4,
        VisionLayers = [1, 2],
        VisionHidden = 16,
        VisionHeads = 2,
        Vocabulary = 64,
        Sequence = 8,
        Layers = 2,
        Hidden = 32,
        Heads = 4,
        FeedForward = 64,
    };

    internal static VisionLanguageOptions Read(OptionReader o, VisionLanguageOptions d) => new()
    {
        Image = o.Number("image", d.Image, "height and width of an image"),
        Channels = o.Number("channels", d.Channels, "channels of an image"),
        Patch = o.Number("patch", d.Patch, "height and width of a patch"),
        VisionLayers = o.Numbers("vision_layers", d.VisionLayers, "transformer layers of each level of the vision tower"),
        VisionHidden = o.Number("vision_hidden", d.VisionHidden, "width of its first level; doubled by each further one"),
        VisionHeads = o.Number("vision_heads", d.VisionHeads, "heads of its first level; divides vision_hidden"),
        Vocabulary = o.Number("vocabulary", d.Vocabulary, "tokens there are"),
        Sequence = o.Number("sequence", d.Sequence, "tokens of the text"),
        Layers = o.Number("layers", d.Layers, "transformer layers of the language part"),
        Hidden = o.Number("hidden", d.Hidden, "its width"),
        Heads = o.Number("heads", d.Heads, "its attention heads; divides hidden"),
        FeedForward = o.Number("ffn", d.FeedForward, "width inside its feed-forward parts"),
        Seed = o.Number("seed", d.Seed, "chooses the initial weights"),
    };

    internal void Check() => new OptionRules("vlm")
        .Positive(("image", Image), ("channels", Channels), ("patch", Patch), ("vision_hidden", VisionHidden), ("vision_heads", VisionHeads))
        .Positive(("vocabulary", Vocabulary), ("sequence", Sequence), ("layers", Layers), ("hidden", Hidden), ("heads", Heads), ("ffn", FeedForward))
        .Positive("vision_layers", VisionLayers)
        .Multiple("hidden", Hidden, "heads", Heads)
        .Multiple("vision_hidden", VisionHidden, "vision_heads", VisionHeads)
        .Require(VisionLayers.Length <= 8, $"option 'vision_layers' has {VisionLayers.Length} levels", "give at most 8")
        .Multiple("image", Image, "patch, doubled by each level after the first", (long)Patch << Math.Clamp(VisionLayers.Length - 1, 0, 7))
        .ThrowIfBroken();
}

/// <summary>
/// A picture and a text before it is continued: a vision tower that is frozen and whose levels differ in work (each has a quarter of the
/// positions and twice the width of the one before), a projection, and a causal language model over the visual positions and the text.
/// Inputs <c>image</c> f32[N,channels,image,image] and <c>tokens</c> i64[N,sequence], output <c>y</c> f32[N,vocabulary,sequence] for the next
/// token at each position of the text. Everything named <c>vision.*</c> is to be frozen.
/// </summary>
public static class VisionLanguage
{
    public const string Description = "vision-language model: a frozen pyramid of vision transformers, a projection, a causal language model";

    /// <summary>What is to be frozen.</summary>
    public const string FrozenPattern = "vision.*";

    private static readonly InitialWeights.Normal Embeddings = new(0.02f);

    /// <exception cref="DiagnosticException">GP8001: sizes that fit no model.</exception>
    public static BuiltModel Build(VisionLanguageOptions options)
    {
        options.Check();
        var b = new ModelBuilder("vlm", options.Seed);
        var image = b.Input("image", DType.F32, options.Channels, options.Image, options.Image);
        var tokens = b.Input("tokens", DType.I64, options.Sequence);
        var seen = b.Linear("projection", Vision(b, image, options), options.Hidden);
        var read = b.Embedding("tok", tokens, options.Vocabulary, options.Hidden, Embeddings);
        long visual = b.Length(seen, 1), positions = visual + options.Sequence;
        var mask = b.CausalMask(positions);
        var x = b.Add(b.Concat(1, seen, read), b.Parameter("pos.weight", [positions, options.Hidden], Embeddings));
        for (int layer = 0; layer < options.Layers; layer++)
            x = b.TransformerLayer($"layers.{layer}", x, options.Heads, options.FeedForward, mask);
        var logits = b.Linear("out", b.LayerNorm("norm", b.SliceFrom(x, 1, visual)), options.Vocabulary, bias: false);
        b.Output(BuiltModel.Output, b.Transpose(logits, 0, 2, 1));
        return BuiltModel.Of(
            b, Description, LossKind.CrossEntropy, [("tokens", options.Vocabulary), (BuiltModel.Target, options.Vocabulary)], FrozenPattern);
    }

    private static ValueId Vision(ModelBuilder b, ValueId image, VisionLanguageOptions options)
    {
        using var tower = b.In("vision");
        var x = image;
        for (int level = 0; level < options.VisionLayers.Length; level++)
        {
            using var path = b.In($"levels.{level}");
            long width = (long)options.VisionHidden << level, heads = (long)options.VisionHeads << level, patch = level == 0 ? options.Patch : 2;
            if (level > 0)
                x = b.Reshape(b.Transpose(x, 0, 2, 1), width / 2, Side(options, level - 1), Side(options, level - 1));
            long side = Side(options, level);
            x = b.Transpose(b.Reshape(b.Conv("patch", x, width, patch, patch), width, side * side), 0, 2, 1);
            if (level == 0)
                x = b.Add(x, b.Parameter("pos.weight", [side * side, width], Embeddings));
            for (int layer = 0; layer < options.VisionLayers[level]; layer++)
                x = b.TransformerLayer($"layers.{layer}", x, heads, 4 * width);
        }

        return b.LayerNorm("norm", x);
    }

    private static long Side(VisionLanguageOptions options, int level) => options.Image / ((long)options.Patch << level);
}
