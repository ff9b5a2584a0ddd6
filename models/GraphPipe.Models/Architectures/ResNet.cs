using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Models;

/// <summary>Sizes of the image classifier. Not one of the paper's; the defaults are those of ResNet-18.</summary>
public sealed record ResNetOptions
{
    /// <summary>Height and width of an image.</summary>
    public int Image { get; init; } = 224;

    public int Channels { get; init; } = 3;

    /// <summary>Channels of the first level; each further level has twice as many.</summary>
    public int Width { get; init; } = 64;

    /// <summary>Residual blocks of each level; each level after the first halves height and width.</summary>
    public ImmutableArray<int> Blocks { get; init; } = [2, 2, 2, 2];

    /// <summary>Groups of the group normalisations.</summary>
    public int Groups { get; init; } = 32;

    /// <summary>Whether the first convolution is 7×7 with stride 2 and pooled, for large images; else it is 3×3.</summary>
    public bool LargeStem { get; init; } = true;

    public int Classes { get; init; } = 1000;

    public int Seed { get; init; }

    public static ResNetOptions Small { get; } = new() { Image = 16, Width = 12, Blocks = [1, 1, 1], Groups = 4, LargeStem = false, Classes = 10 };

    internal static ResNetOptions Read(OptionReader o, ResNetOptions d) => new()
    {
        Image = o.Number("image", d.Image, "height and width of an image"),
        Channels = o.Number("channels", d.Channels, "channels of an image"),
        Width = o.Number("width", d.Width, "channels of the first level; doubled by each further one"),
        Blocks = o.Numbers("blocks", d.Blocks, "residual blocks of each level"),
        Groups = o.Number("groups", d.Groups, "groups of the normalisations; divides width"),
        LargeStem = o.Flag("large_stem", d.LargeStem, "whether it begins with a 7x7 convolution of stride 2 and a pooling"),
        Classes = o.Number("classes", d.Classes, "classes told apart"),
        Seed = o.Number("seed", d.Seed, "chooses the initial weights"),
    };

    internal void Check() => new OptionRules("resnet")
        .Positive(("image", Image), ("channels", Channels), ("width", Width), ("groups", Groups), ("classes", Classes))
        .Positive("blocks", Blocks)
        .Multiple("width", Width, "groups", Groups)
        .Require(Blocks.Length <= 16, $"option 'blocks' has {Blocks.Length} levels", "give at most 16")
        .ThrowIfBroken();
}

/// <summary>
/// A residual network (He et al., arXiv 1512.03385) of basic blocks with group normalisation, which treats samples apart where batch
/// normalisation would mix them. Input <c>image</c> f32[N,channels,image,image], output <c>y</c> f32[N,classes] for cross entropy.
/// </summary>
public static class ResNet
{
    public const string Description = "residual convolutional network with group normalisation; classification";

    /// <exception cref="DiagnosticException">GP8001: sizes that fit no model.</exception>
    public static BuiltModel Build(ResNetOptions options)
    {
        options.Check();
        var b = new ModelBuilder("resnet", options.Seed);
        var x = b.Input("image", DType.F32, options.Channels, options.Image, options.Image);
        using (b.In("stem"))
        {
            x = options.LargeStem ? b.Conv("conv", x, options.Width, 7, 2, 3, bias: false) : b.Conv("conv", x, options.Width, 3, 1, 1, bias: false);
            x = b.Relu(b.GroupNorm("norm", x, options.Groups));
            if (options.LargeStem)
                x = b.MaxPool(x, 3, 2, 1);
        }

        for (int level = 0; level < options.Blocks.Length; level++)
        {
            for (int block = 0; block < options.Blocks[level]; block++)
                x = Block(b, $"levels.{level}.{block}", x, (long)options.Width << level, level > 0 && block == 0 ? 2 : 1, options.Groups);
        }

        b.Output(BuiltModel.Output, b.Linear("fc", b.ReduceMean(x, 2, 3), options.Classes));
        return BuiltModel.Of(b, Description, LossKind.CrossEntropy, [(BuiltModel.Target, options.Classes)]);
    }

    private static ValueId Block(ModelBuilder b, string name, ValueId x, long channels, long stride, long groups)
    {
        using var path = b.In(name);
        var y = b.Relu(b.GroupNorm("norm1", b.Conv("conv1", x, channels, 3, stride, 1, bias: false), groups));
        y = b.GroupNorm("norm2", b.Conv("conv2", y, channels, 3, 1, 1, bias: false), groups);
        if (stride > 1 || b.Length(x, 1) != channels)
            x = b.GroupNorm("skip.norm", b.Conv("skip.conv", x, channels, 1, stride, bias: false), groups);
        return b.Relu(b.Add(y, x));
    }
}
