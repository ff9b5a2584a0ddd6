using System.Globalization;
using Xunit;

namespace GraphPipe.Tests.Gradients;

/// <summary>Every gradient through the whole road (IR text, ONNX file, compiler, CPU kernels, two micro-batches) against central differences.</summary>
public class FiniteDifferenceTests
{
    public static TheoryData<string> Names() => GradientCases.Names();

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_are_slopes(string name)
    {
        double error = FiniteDifferences.Check(GradientCases.Find(name));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"largest error {error:e1}"));
    }
}
