using GraphPipe.Models;
using Xunit;

namespace GraphPipe.Tests.Models;

/// <summary>The small models, and variants that reach what their defaults don't.</summary>
public static class ModelCases
{
    public static TheoryData<string, string> All => new()
    {
        { "mmt-small", "" },
        { "mmt-small", "branches=1 layers=1" },
        { "dlrm-small", "" },
        { "dlrm-small", "dense_branches=1 sparse_branches=1" },
        { "candle-uno-small", "" },
        { "candle-uno-small", "branches=1 layers=1 trunk_layers=1" },
        { "gpt-small", "" },
        { "gpt-small", "tied=false" },
        { "gpt-small", "dense_skips=true" },
        { "resnet-small", "" },
        { "resnet-small", "large_stem=true image=33 blocks=1,2" },
        { "vlm-small", "" },
        { "vlm-small", "vision_layers=1,1,1 image=32" },
    };

    public static BuiltModel Build(string name, string settings) =>
        ModelCatalog.Build(name, settings.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
