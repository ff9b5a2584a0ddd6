using Xunit;

namespace GraphPipe.Tests.Cli;

/// <summary>Files that are given to a verb that reads others.</summary>
public sealed class FileKindTests(CommandFiles files) : IClassFixture<CommandFiles>
{
    [Fact]
    public void A_device_without_end_is_not_looked_into()
    {
        if (!File.Exists("/dev/full"))
            Assert.Skip("there is no /dev/full here");
        var run = CommandRun.Of("schedule", "1f1b", "--trace", "/dev/full");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("GP5007", run.Error);
    }

    [Theory]
    [InlineData("the file is a plan", "plan", "own.json")]
    [InlineData("the file is a plan", "inspect", "own.json")]
    [InlineData("the file is a model", "simulate", "model.onnx")]
    [InlineData("the file is a cost graph", "simulate", "costs.json")]
    [InlineData("the file is a profile", "trace", "profile.json")]
    [InlineData("the file is a trace", "plan", "trace.json")]
    public void A_file_of_another_kind_is_told_where_it_goes(string expected, string verb, string file)
    {
        string path = files[$"kind-{file}"];
        if (file == "model.onnx")
            File.Copy(files.Model, path, overwrite: true);
        else
            File.WriteAllText(path, file == "trace.json" ? """{"otherData":{"format":"graphpipe-trace"}}""" : $$"""{"format":"graphpipe-{{file switch { "own.json" => "plan", "costs.json" => "costgraph", _ => "profile" }}}"}""");
        var run = CommandRun.Of(verb, path);
        Assert.Equal(3, run.ExitCode);
        Assert.Contains(expected, run.Error);
    }
}
