using System.Text.RegularExpressions;
using Xunit;

namespace GraphPipe.Tests.Planning.Exports;

/// <summary>
/// What Megatron-LM makes of a layout and demands of it, stated anew from its source (megatron/core/transformer/pipeline_parallel_layer_layout.py,
/// <c>parse_str_to_list</c>, <c>validate_layer_layout</c>), to check ours by.
/// </summary>
internal static class MegatronRules
{
    /// <summary>The stages, each a text of layer letters.</summary>
    public static List<string> Parse(string layout)
    {
        string text = layout.Replace(",", "", StringComparison.Ordinal);
        foreach (string pattern in new[] { @"\(([^)]+)\)\*(\d+)", @"(.)\*(\d+)" })
            text = Regex.Replace(text, pattern, m => string.Concat(Enumerable.Repeat(m.Groups[1].Value, int.Parse(m.Groups[2].Value))));
        var stages = text.Split('|').ToList();
        Assert.All(stages, s => Assert.All(s, letter => Assert.Contains(letter, "EtmL")));
        return stages;
    }

    /// <summary>Fails where Megatron would.</summary>
    public static void Validate(string layout, int ranks, int layers)
    {
        var stages = Parse(layout);
        Assert.Equal(0, stages.Count % ranks);
        string flat = string.Concat(stages);
        Assert.StartsWith("E", flat);
        Assert.EndsWith("L", flat);
        Assert.Equal(1, flat.Count(c => c == 'E'));
        Assert.Equal(1, flat.Count(c => c == 'L'));
        Assert.Equal(layers, flat.Count(c => c == 't'));
    }
}
