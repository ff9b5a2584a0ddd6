using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using GraphPipe.Bundle;

namespace GraphPipe.Cli;

/// <summary>
/// One invocation of a verb: options, where to write, and the JSON document. Text for people goes to standard output, with <c>--json</c> to
/// standard error; diagnostics always go to standard error.
/// </summary>
internal sealed class Call
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Surroundings _surroundings;
    private readonly DiagnosticText _text;
    private readonly List<Diagnostic> _told = [];

    public Call(Verb verb, ParseResult parse, CommonOptions common, Surroundings surroundings)
    {
        Verb = verb;
        Parse = parse;
        _surroundings = surroundings;
        IsJson = parse.GetValue(common.Json);
        IsQuiet = parse.GetValue(common.Quiet);
        IsVerbose = parse.GetValue(common.Verbose);
        _text = new DiagnosticText(surroundings.Error, surroundings.Colours, [.. parse.Tokens.Select(t => t.Value)]);
        Document["format"] = verb.Format;
        Document["version"] = 1;
    }

    public Verb Verb { get; }

    public ParseResult Parse { get; }

    public bool IsJson { get; set; }

    public bool IsQuiet { get; }

    public bool IsVerbose { get; }

    /// <summary>For people.</summary>
    public TextWriter Text => IsQuiet ? TextWriter.Null : IsJson ? _surroundings.Error : _surroundings.Out;

    /// <summary>For progress: standard error.</summary>
    public TextWriter Progress => IsQuiet ? TextWriter.Null : _surroundings.Error;

    /// <summary>For what must be told in any case, and is no diagnostic: standard error.</summary>
    public TextWriter Errors => _surroundings.Error;

    public bool IsInteractive => _surroundings.IsInteractive && !IsQuiet;

    /// <summary>Standard output as it is, for verbs whose result is a text of its own (IR, CSV, scripts); nothing with <c>--json</c>.</summary>
    public TextWriter Raw => IsJson ? TextWriter.Null : _surroundings.Out;

    /// <summary>What <c>--json</c> prints.</summary>
    public JsonObject Document { get; } = [];

    public CancellationToken Interrupt => _surroundings.Interrupt;

    /// <summary>The file that the command is about; diagnostics begin with it.</summary>
    public string Subject
    {
        get => _text.Subject;
        set => _text.Subject = value;
    }

    public T? Get<T>(Option<T> option) => Parse.GetValue(option);

    public T Get<T>(Argument<T> argument) => Parse.GetRequiredValue(argument);

    /// <summary>Whether the user wrote the option.</summary>
    public bool Has(Option option) => Parse.GetResult(option) is { Implicit: false };

    /// <summary>Prints diagnostics that have not been printed yet. Notes appear unless <c>--quiet</c> is given.</summary>
    public void Tell(IEnumerable<Diagnostic> diagnostics)
    {
        var fresh = diagnostics.Where(d => !_told.Contains(d)).Distinct().ToList();
        _told.AddRange(fresh);
        _text.Write(fresh.Where(d => d.Severity != Severity.Note || !IsQuiet));
    }

    /// <summary>Ends the work with GP6005 if Ctrl-C was pressed.</summary>
    public void ThrowIfInterrupted()
    {
        if (Interrupt.IsCancellationRequested)
            throw new DiagnosticException(Diagnostic.Error(Codes.Interrupted, "interrupted"));
    }

    /// <summary>Writes the JSON document, if it is wanted.</summary>
    public void Finish(int exitCode)
    {
        if (!IsJson)
            return;
        Document["diagnostics"] = new JsonArray([.. _told.Select(Json)]);
        Document["exit_code"] = exitCode;
        _surroundings.Out.WriteLine(Document.ToJsonString(Indented));
        _surroundings.Out.Flush();
    }

    private static JsonObject Json(Diagnostic d) => new()
    {
        ["code"] = d.Code,
        ["severity"] = d.Severity.ToString().ToLowerInvariant(),
        ["message"] = d.Message,
        ["location"] = d.Location,
        ["advice"] = d.Advice,
    };
}
