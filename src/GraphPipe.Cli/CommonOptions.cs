using System.CommandLine;

namespace GraphPipe.Cli;

/// <summary>The options that every verb has.</summary>
internal sealed class CommonOptions
{
    public Option<bool> Json { get; } = new("--json") { Description = "Print one JSON document on standard output, also on failure; text for people goes to standard error.", Recursive = true };

    public Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "Print errors and warnings only.", Recursive = true };

    public Option<bool> Verbose { get; } = new("--verbose", "-v") { Description = "Print more: times, and stack traces of our bugs.", Recursive = true };
}
