using Xunit;

namespace GraphPipe.Tests.Gradients;

/// <summary>All cases; the tables lie in one file per family of operators.</summary>
internal static partial class GradientCases
{
    // Made on first use: the tables of other files are not there yet while this one is initialised.
    private static readonly Lazy<IReadOnlyList<GradientCase>> Cases = new(() => [.. Elementwise, .. Products, .. Movement, .. Reductions, .. Normalizations, .. Windows]);

    public static IReadOnlyList<GradientCase> All => Cases.Value;

    public static TheoryData<string> Names() => [.. All.Select(c => c.ToString())];

    public static GradientCase Find(string name) => All.Single(c => c.ToString() == name);
}
