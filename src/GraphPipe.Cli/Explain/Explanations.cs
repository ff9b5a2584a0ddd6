using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace GraphPipe.Cli;

/// <summary>A page of <c>explain</c>.</summary>
internal sealed record Explanation(string Code, string Title, string Text);

/// <summary>The pages of <c>explain</c>, from <c>pages.md</c>: a heading <c>## GPnnnn title</c>, then text.</summary>
internal static partial class Explanations
{
    public static ImmutableArray<Explanation> All { get; } = Read();

    public static Explanation? Find(string code) => All.FirstOrDefault(e => e.Code == code);

    private static ImmutableArray<Explanation> Read()
    {
        using var stream = typeof(Explanations).Assembly.GetManifestResourceStream("explain.md")!;
        using var reader = new StreamReader(stream);
        string[] parts = Heading().Split(reader.ReadToEnd());
        return [.. Enumerable.Range(0, parts.Length / 3).Select(i => new Explanation(parts[3 * i + 1], parts[3 * i + 2].Trim(), parts[3 * i + 3].Trim()))];
    }

    [GeneratedRegex(@"^## (GP\d{4}) (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
