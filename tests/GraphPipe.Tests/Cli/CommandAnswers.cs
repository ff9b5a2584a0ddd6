using System.Text.Json.Nodes;
using Xunit;

namespace GraphPipe.Tests.Cli;

/// <summary>What commands answer with <c>--json</c>.</summary>
internal static class CommandAnswers
{
    /// <summary>The document of a command that succeeds.</summary>
    public static JsonObject Json(params string[] args)
    {
        var run = CommandRun.Of([.. args, "--json"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(0, run.Json["exit_code"]!.GetValue<int>());
        return run.Json;
    }

    /// <summary>The codes of a command that fails.</summary>
    public static IEnumerable<string> Fails(int exitCode, params string[] args)
    {
        var run = CommandRun.Of([.. args, "--json"]);
        Assert.True(run.ExitCode == exitCode, $"{run.ExitCode}: {run.Error}");
        return run.Codes;
    }

    public static string Text(JsonNode? node) => node!.GetValue<string>();
}
