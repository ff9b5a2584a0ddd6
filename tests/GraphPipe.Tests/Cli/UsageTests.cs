using System.Reflection;
using GraphPipe.Bundle;
using GraphPipe.Cli;
using Xunit;

namespace GraphPipe.Tests.Cli;

public sealed class UsageTests
{
    public static TheoryData<string> Verbs => [.. new VerbTable(new CommonOptions()).All.Select(v => v.Name)];

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Every_verb_has_help_with_an_example(string verb)
    {
        var run = CommandRun.Of([.. verb.Split(' '), "--help"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Examples:", run.Out);
        Assert.Contains($"  graphpipe {verb}", run.Out);
        Assert.Contains("--json", run.Out);
    }

    [Theory]
    [InlineData("did you mean '--stages'?", "plan", "m.onnx", "--stagse", "3")]
    [InlineData("did you mean 'plan'?", "plann", "m.onnx")]
    [InlineData("lists the options", "plan")]
    [InlineData("the verbs are", "--quiet")]
    [InlineData("lists the options", "plan", "m.onnx", "--stages", "x")]
    [InlineData("lists the options", "plan", "m.onnx", "--stages")]
    [InlineData("lists the options", "compile", "m.onnx", "--loss", "huber", "-o", "x.gpb")]
    [InlineData("did you mean 'build'?", "models", "bild")]
    public void Wrong_usage_is_exit_code_2_with_advice(string advice, params string[] args)
    {
        var run = CommandRun.Of([.. args, "--json"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(2, run.Json["exit_code"]!.GetValue<int>());
        var diagnostic = Assert.Single(run.Json["diagnostics"]!.AsArray())!;
        Assert.Equal("GP8001", diagnostic["code"]!.GetValue<string>());
        Assert.Contains(advice, diagnostic["advice"]!.GetValue<string>());
    }

    [Fact]
    public void Diagnostics_name_the_file_and_say_what_to_do()
    {
        var run = CommandRun.Of("inspect", "nowhere.onnx");
        Assert.Equal(3, run.ExitCode);
        Assert.Equal("", run.Out);
        Assert.Equal("nowhere.onnx: error GP1001: 'nowhere.onnx' does not exist\n  give the path of an .onnx file\n", run.Error.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Colours_appear_only_where_they_are_wanted()
    {
        var error = new StringWriter();
        CommandLine.Run(["inspect", "nowhere.onnx"], new Surroundings(TextWriter.Null, error, Colours: true));
        Assert.Contains("\e[", error.ToString());
        Assert.DoesNotContain("\e[", CommandRun.Of("inspect", "nowhere.onnx").Error);
    }

    [Fact]
    public void Every_code_has_a_page_and_an_exit_code()
    {
        foreach (string code in typeof(Codes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetValue(null)!))
        {
            var run = CommandRun.Of("explain", code);
            Assert.True(run.ExitCode == 0, $"explain has no page for {code}");
            Assert.InRange(ExitCodes.Of(code), 1, 130);
        }

        Assert.Equal(2, CommandRun.Of("explain", "GP0000").ExitCode);
    }

    [Theory]
    [InlineData("GP3014", "(a note: it ends nothing)")]
    [InlineData("GP6010", "(a warning: it ends nothing)")]
    [InlineData("GP3009", "(exit code 1)")]
    public void A_page_says_what_its_code_ends(string code, string end) => Assert.Contains($"{end}\n", CommandRun.Of("explain", code).Out);

    [Theory]
    [InlineData("GP1003", 3)]
    [InlineData("GP2103", 4)]
    [InlineData("GP3001", 2)]
    [InlineData("GP3017", 3)]
    [InlineData("GP3002", 1)]
    [InlineData("GP3008", 1)]
    [InlineData("GP4005", 4)]
    [InlineData("GP5007", 3)]
    [InlineData("GP6002", 5)]
    [InlineData("GP6005", 130)]
    [InlineData("GP7004", 3)]
    [InlineData("GP8001", 2)]
    [InlineData("GP9001", 10)]
    public void Codes_mean_exit_codes(string code, int exitCode) => Assert.Equal(exitCode, ExitCodes.Of(code));

    [Fact]
    public void Completion_scripts_and_completions_are_printed()
    {
        Assert.Contains("complete -o default -F _graphpipe graphpipe", CommandRun.Of("completion", "bash").Out);
        Assert.Equal(2, CommandRun.Of("completion", "tcsh").ExitCode);
        Assert.Contains("--partitioner", CommandRun.Of("[suggest:15]", "graphpipe plan --").Out);
    }
}
