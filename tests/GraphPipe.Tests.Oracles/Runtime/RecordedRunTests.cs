using Xunit;

namespace GraphPipe.Tests.Oracles.Runtime;

/// <summary>The recorded PyTorch runs, as a pipeline of four stages and four micro-batches, and bit by bit against one stage.</summary>
public sealed class RecordedRunTests
{
    [Theory]
    [MemberData(nameof(RecordedModel.All), MemberType = typeof(RecordedModel))]
    public void A_pipeline_trains_as_PyTorch_does(string name)
    {
        var model = RecordedModel.Open(name);
        var result = new PipelineVerifier(new DeviceOptions { ThreadsPerDevice = 1 }).VerifyReference(model.Reference.ModelPath, model.Options(4), model.Reference);
        Assert.True(result.BitEqual, $"the pipeline and one stage differ in {result.Difference}");
        Assert.Equal(4, result.Stages);
        Assert.Contains(result.Checks, c => c.Name.StartsWith("grad.", StringComparison.Ordinal));
        Assert.Equal("", string.Join('\n', result.Checks.Where(c => !c.Passed)));
    }
}
