using System.Collections.Immutable;
using System.Text.RegularExpressions;
using GraphPipe.Bundle;

namespace GraphPipe.Cli;

/// <summary>A page of <c>explain</c>.</summary>
/// <param name="Severity">The gravest it is reported with.</param>
internal sealed record Explanation(string Code, string Title, Severity Severity, string Text)
{
    /// <summary>What the process ends with where this is the first error; what is never an error ends nothing.</summary>
    public int ExitCode => Severity == Severity.Error ? ExitCodes.Of(Code) : ExitCodes.Done;
}

/// <summary>The pages of <c>explain</c>, from <c>pages.md</c>: a heading <c>## GPnnnn title</c>, with <c>(note)</c> or <c>(warning)</c> if it is never an error, then text.</summary>
internal static partial class Explanations
{
    public static ImmutableArray<Explanation> All { get; } = Read();

    public static Explanation? Find(string code) => All.FirstOrDefault(e => e.Code == code);

    private static ImmutableArray<Explanation> Read()
    {
        using var stream = typeof(Explanations).Assembly.GetManifestResourceStream("explain.md")!;
        using var reader = new StreamReader(stream);
        string[] parts = Heading().Split(reader.ReadToEnd());
        return [.. Enumerable.Range(0, parts.Length / 3).Select(i => Page(parts[3 * i + 1], parts[3 * i + 2].Trim(), parts[3 * i + 3].Trim()))];
    }

    private static Explanation Page(string code, string title, string text)
    {
        foreach (var severity in new[] { Severity.Note, Severity.Warning })
        {
            string mark = $" ({severity.ToString().ToLowerInvariant()})";
            if (title.EndsWith(mark, StringComparison.Ordinal))
                return new(code, title[..^mark.Length], severity, text);
        }

        return new(code, title, Severity.Error, text);
    }

    [GeneratedRegex(@"^## (GP\d{4}) (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
