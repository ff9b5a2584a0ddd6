using System.Xml.Linq;
using GraphPipe.Planning;
using GraphPipe.Tests.Cli;
using Xunit;

namespace GraphPipe.Tests.Report;

/// <summary>The pictures of docs/schedules.md are what the tool draws; <c>GRAPHPIPE_BLESS=1</c> draws them anew.</summary>
public class SchedulePictureTests
{
    public static TheoryData<string> Names => [.. ScheduleTable.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_picture_is_what_the_command_below_it_draws(string name)
    {
        string docs = Path.Combine(RepositoryRoot.Folder, "docs"), picture = Path.Combine(docs, "schedules", name + ".svg");
        string[] lines = File.ReadAllLines(Path.Combine(docs, "schedules.md"));
        int at = Array.IndexOf(lines, $"![{name}](schedules/{name}.svg)");
        Assert.True(at >= 0, $"docs/schedules.md has no picture of {name}");
        string command = lines.Skip(at).First(l => l.StartsWith("    $ graphpipe schedule ", StringComparison.Ordinal))["    $ graphpipe ".Length..];
        Assert.StartsWith($"schedule {name} --ranks 4 ", command, StringComparison.Ordinal);
        var run = CommandRun.Of([.. command.Split(' '), "--format", "svg"]);
        Assert.True(run.ExitCode == 0, run.Error);
        if (Environment.GetEnvironmentVariable("GRAPHPIPE_BLESS") == "1")
            File.WriteAllText(picture, run.Out);
        Assert.True(File.Exists(picture), $"{picture} is missing; run this test with GRAPHPIPE_BLESS=1");
        Assert.True(File.ReadAllText(picture) == run.Out, $"{picture} is not what is drawn today; if that is meant, run this test with GRAPHPIPE_BLESS=1");
        Assert.InRange(run.Out.Length, 1, 40_000);
        Assert.NotNull(XDocument.Parse(run.Out));
    }
}
