using System.Text.Json.Nodes;
using GraphPipe.Cli;

namespace GraphPipe.Tests.Cli;

/// <summary>A command that was run in this process.</summary>
internal sealed record CommandRun(int ExitCode, string Out, string Error)
{
    /// <summary>Standard output as the one JSON document that it must be.</summary>
    public JsonObject Json => JsonNode.Parse(Out)!.AsObject();

    /// <summary>The codes of the document's diagnostics.</summary>
    public IEnumerable<string> Codes => Json["diagnostics"]!.AsArray().Select(d => d!["code"]!.GetValue<string>());

    public static CommandRun Of(params string[] args) => Of(default, new StringWriter(), args);

    public static CommandRun Of(CancellationToken interrupt, TextWriter error, params string[] args)
    {
        var output = new StringWriter();
        int exitCode = CommandLine.Run(args, new Surroundings(output, error, Interrupt: interrupt));
        return new CommandRun(exitCode, output.ToString(), error.ToString()!);
    }
}
