using System.CommandLine;
using GraphPipe.Bundle;

namespace GraphPipe.Cli.Commands;

/// <summary><c>explain GPnnnn</c>: what a diagnostic means and what to do about it.</summary>
internal sealed class ExplainVerb : Verb
{
    private readonly Argument<string?> _code;

    public ExplainVerb()
        : base("explain", "Explain a diagnostic code; without one, list them.", "explain GP2103")
    {
        _code = Add(new Argument<string?>("code") { HelpName = "GPnnnn", Description = "The code.", Arity = ArgumentArity.ZeroOrOne });
    }

    public override int Run(Call call)
    {
        if (call.Parse.GetValue(_code) is not { } text)
        {
            call.Document["codes"] = JsonParts.List(Explanations.All, e => new System.Text.Json.Nodes.JsonObject { ["code"] = e.Code, ["title"] = e.Title });
            foreach (var e in Explanations.All)
                call.Text.WriteLine($"{e.Code}  {e.Title}");
            return ExitCodes.Done;
        }

        string code = text.ToUpperInvariant();
        var page = Explanations.Find(code) ?? throw Usage.Error($"there is no diagnostic '{text}'", "'graphpipe explain' lists them");
        call.Document["code"] = page.Code;
        call.Document["title"] = page.Title;
        call.Document["text"] = page.Text;
        call.Document["severity"] = page.Severity.ToString().ToLowerInvariant();
        call.Document["code_exits_with"] = page.ExitCode;
        string ends = page.Severity == Severity.Error ? $"exit code {page.ExitCode}" : $"a {page.Severity.ToString().ToLowerInvariant()}: it ends nothing";
        call.Text.WriteLine($"{page.Code}: {page.Title} ({ends})\n\n{page.Text}");
        return ExitCodes.Done;
    }
}
