using System.Text;
using CsCheck;
using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Bundle;

public class StageProgramJsonTests
{
    private static string Text { get; } = Encoding.UTF8.GetString(StageProgramJson.Write(BundleSamples.TwoStages().Stages[0].Program));

    [Fact]
    public void Every_program_is_read_back() => BundleSamples.Program.Sample(program =>
    {
        byte[] bytes = StageProgramJson.Write(program);
        var read = StageProgramJson.Read(bytes);
        Assert.Equal(bytes, StageProgramJson.Write(read));
        Assert.Equal((program.Id, program.Name, program.Loss), (read.Id, read.Name, read.Loss.IsNone ? program.Loss : read.Loss));
        Assert.Equal(program.Loss.IsNone, read.Loss.IsNone);
        Assert.Equal(program.Buffers.AsEnumerable(), read.Buffers);
        Assert.Equal(program.Feeds.AsEnumerable(), read.Feeds);
        Assert.Equal(program.Outputs.AsEnumerable(), read.Outputs);
        Assert.Equal(program.Ports.AsEnumerable(), read.Ports);
        Assert.Equal(program.Functions.Select(f => f.Kind), read.Functions.Select(f => f.Kind));
        foreach (var (expected, actual) in program.Functions.SelectMany(f => f.Calls).Zip(read.Functions.SelectMany(f => f.Calls)))
        {
            Assert.Equal((expected.Kernel, expected.Attributes, expected.Workspace), (actual.Kernel, actual.Attributes, actual.Workspace));
            Assert.Equal((expected.IsElementwise, expected.IsReduction), (actual.IsElementwise, actual.IsReduction));
            Assert.Equal(expected.Inputs.AsEnumerable(), actual.Inputs);
            Assert.Equal(expected.Outputs.AsEnumerable(), actual.Outputs);
            Assert.Equal(expected.Nodes.AsEnumerable(), actual.Nodes);
        }

        foreach (var (expected, actual) in program.Parameters.Zip(read.Parameters))
        {
            Assert.Equal(expected with { States = [] }, actual with { States = [] });
            Assert.Equal(expected.States.AsEnumerable(), actual.States);
        }
    });

    [Fact]
    public void A_kernel_call_has_a_line_of_its_own() =>
        Assert.Contains("\n        {\"kernel\":\"MatMul\",\"inputs\":[0,2],\"outputs\":[1],\"nodes\":[\"/MatMul\"]}\n", Text, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"version\": 1", "\"version\": 2", Codes.BundleVersion, "newer")]
    [InlineData("graphpipe-stage", "graphpipe-page", Codes.BundleContent, "format")]
    [InlineData("\"inputs\":[0,2]", "\"inputs\":[0,3]", Codes.BundleContent, "from -1 to 2")]
    [InlineData("\"outputs\":[1]", "\"outputs\":[-2]", Codes.BundleContent, "from -1 to 2")]
    [InlineData("\"outputs\":[1]", "\"outputs\":[1.5]", Codes.BundleContent, "$.functions[0].calls[0].outputs[0]")]
    [InlineData("\"life\":\"activation\"", "\"life\":\"short\"", Codes.BundleContent, "short")]
    [InlineData("\"life\":\"persistent\"", "\"life\":\"temporary\"", Codes.BundleContent, "load to end")]
    [InlineData("\"life\":\"persistent\"", "\"life\":\"persistent\",\"alias_of\":2", Codes.BundleContent, "circle")]
    [InlineData("\"life\":\"persistent\"", "\"life\":\"persistent\",\"alias_of\":0", Codes.BundleContent, "size")]
    [InlineData("\"life\":\"persistent\"", "\"life\":\"persistent\",\"alias_of\":3", Codes.BundleContent, "from 0 to 2")]
    [InlineData("\"shape\":\"[4,4]\"", "\"shape\":\"[4,M]\"", Codes.BundleContent, "symbol")]
    [InlineData("\"shape\":\"[4,4]\"", "\"shape\":\"[4,-4]\"", Codes.BundleContent, "negative")]
    [InlineData("\"shape\":\"[4,4]\"", "\"shape\":\"[9223372036854775807,N,N]\"", Codes.BundleContent, "too large")]
    [InlineData("\"shape\":\"[4,4]\"", "\"shape\":\"4,4\"", Codes.BundleContent, "no shape")]
    [InlineData("\"batch\":[0,1,1]", "\"batch\":[1,1,1]", Codes.BundleContent, "does not fit")]
    [InlineData("\"batch\":[0,1,1]", "\"batch\":[0,1]", Codes.BundleContent, "axis, outer")]
    [InlineData("\"type\":\"f32\"", "\"type\":\"str\"", Codes.BundleContent, "can't hold")]
    [InlineData("\"direction\":\"send\"", "\"direction\":\"up\"", Codes.BundleContent, "send or recv")]
    [InlineData("\"channel\":0", "\"channel\":-1", Codes.BundleContent, "from 0")]
    [InlineData("\"kind\": \"forward\"", "\"kind\": \"sideward\"", Codes.BundleContent, "sideward")]
    [InlineData("\"kernel\":\"MatMul\"", "\"kernel\":\"\"", Codes.BundleContent, "no name")]
    [InlineData("\"kernel\":\"MatMul\",", "", Codes.BundleContent, "'kernel' is missing")]
    [InlineData("\"role\":\"trained\"", "\"role\":\"trained\",\"role\":\"frozen\"", Codes.BundleContent, "no JSON")]
    public void What_does_not_hold_together_is_refused(string good, string bad, string code, string message)
    {
        int at = Text.IndexOf(good, StringComparison.Ordinal);
        Assert.True(at >= 0);
        byte[] bytes = Encoding.UTF8.GetBytes(Text[..at] + bad + Text[(at + good.Length)..]);
        Assert.Contains(message, Assert.Throws<DiagnosticException>(() => StageProgramJson.Read(bytes)).Message, StringComparison.Ordinal);
        Fuzz.Refused(code, () => StageProgramJson.Read(bytes));
    }

    [Fact]
    public void A_second_function_of_a_kind_is_refused()
    {
        var program = BundleSamples.TwoStages().Stages[0].Program;
        byte[] bytes = StageProgramJson.Write(program with { Functions = [program.Functions[0], program.Functions[0]] });
        Fuzz.Refused(Codes.BundleContent, () => StageProgramJson.Read(bytes));
    }

    [Fact]
    public void Damage_is_a_diagnostic() =>
        Fuzz.Damage(Encoding.UTF8.GetBytes(Text), bytes => StageProgramJson.Read(bytes), [Codes.BundleContent, Codes.BundleVersion], 5000);
}
