using GraphPipe.Tests.Oracles.Onnx;
using Xunit;

namespace GraphPipe.Tests.Oracles.Gradients;

/// <summary>
/// The whole compiler and the CPU kernels against PyTorch: every f32 case of <c>shared/data/gradient-cases</c>, outputs and gradients. What can't be
/// compiled is counted, not failed; what compiles must be right.
/// </summary>
public class TorchGradientCaseTests
{
    public static TheoryData<string, int> Operators() => new(SupportedCases.ByOperator.Select(o => (o.Key, o.Value)));

    [Theory]
    [MemberData(nameof(Operators))]
    public void Outputs_and_gradients_are_PyTorchs(string op, int supported)
    {
        var outcomes = GradientCase.Of(Path.Combine(Data.Folder("gradient-cases"), op)).Select(c => c.Run()).ToList();
        var output = TestContext.Current.TestOutputHelper!;
        foreach (var outcome in outcomes.Where(o => o.Unsupported is not null))
            output.WriteLine($"unsupported {op}/{outcome.Case}: {outcome.Unsupported}");
        int passed = outcomes.Count(o => o.Unsupported is null && o.Wrong is null);
        output.WriteLine($"{op}: {passed} of {outcomes.Count} cases pass");
        var wrong = outcomes.Where(o => o.Wrong is not null).Select(o => $"{op}/{o.Case}: {o.Wrong}").ToList();
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal(supported, passed);
    }

    [Fact]
    public void Every_operator_of_the_data_is_counted() =>
        Assert.Equal(
            Directory.EnumerateDirectories(Data.Folder("gradient-cases")).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal),
            SupportedCases.ByOperator.Keys.Order(StringComparer.Ordinal));
}
