using GraphPipe.Bundle;

namespace GraphPipe.Cli;

/// <summary>
/// Prints diagnostics: <c>model.onnx: error GP2103: no gradient … (node "/encoder/foo")</c>, then an indented line that says what to do. All
/// of a kind stand together.
/// </summary>
/// <param name="words">The words of the command line: a location that is one of them is a file, and begins the line.</param>
internal sealed class DiagnosticText(TextWriter writer, bool colours, IReadOnlyList<string> words)
{
    public string Subject { get; set; } = "graphpipe";

    public void Write(IEnumerable<Diagnostic> diagnostics)
    {
        foreach (var diagnostic in diagnostics.GroupBy(d => (d.Severity, d.Code)).SelectMany(g => g))
            Write(diagnostic);
        writer.Flush();
    }

    private void Write(Diagnostic d)
    {
        bool isFile = words.Any(w => w.Length > 0 && d.Location.StartsWith(w, StringComparison.Ordinal) && (d.Location.Length == w.Length || d.Location[w.Length] is ':' or '/' or '\\'));
        string colour = d.Severity switch { Severity.Error => "31", Severity.Warning => "33", _ => "36" };
        string head = Paint($"{d.Severity.ToString().ToLowerInvariant()} {d.Code}:", $"1;{colour}");
        writer.WriteLine($"{(isFile ? d.Location : Subject)}: {head} {d.Message}{(d.Location.Length > 0 && !isFile ? $" ({d.Location})" : "")}");
        if (d.Advice.Length > 0)
            writer.WriteLine($"  {d.Advice}");
    }

    private string Paint(string text, string colour) => colours ? $"\e[{colour}m{text}\e[0m" : text;
}
