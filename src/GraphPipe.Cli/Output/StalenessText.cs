using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Cli;

/// <summary>What an asynchronous plan or schedule does to weights, in a line.</summary>
internal static class StalenessText
{
    /// <summary>E.g. <c>an update after every 4 samples; staleness 3 2 1 0 updates; weight versions 4 3 2 1</c>.</summary>
    /// <param name="every">Between two updates of a stage.</param>
    /// <param name="unit">What <paramref name="every"/> counts.</param>
    public static string Of(long every, string unit, ImmutableArray<WeightStaleness> stages)
    {
        string ahead = stages.Any(s => s.Ahead.Any(a => a > 0)) ? ", predicted" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"an update after every {every} {unit}; staleness {string.Join(' ', stages.Select(s => s.Most))} updates{ahead}; weight versions {string.Join(' ', stages.Select(s => s.Versions))}");
    }
}
