using System.Globalization;
using System.Text;

namespace GraphPipe.Benchmarks.Evaluation;

/// <summary>A table of numbers for a Markdown page: the first column is text, the others are aligned to the right.</summary>
internal sealed class MarkdownTable(params string[] columns)
{
    private readonly StringBuilder _text = new($"| {string.Join(" | ", columns)} |\n|---|{string.Concat(columns.Skip(1).Select(_ => "---:|"))}\n");

    public void Add(params string[] cells) => _text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    public override string ToString() => _text.ToString();

    /// <summary>Samples per second and the like; a dash for what is not there.</summary>
    public static string Number(double? value) => value is { } v ? v.ToString("N0", CultureInfo.InvariantCulture) : "–";

    public static string Ratio(double? value) => value is { } v ? v.ToString("0.00", CultureInfo.InvariantCulture) + "×" : "–";

    public static string Seconds(double? value) => value is { } v ? v.ToString("0.00", CultureInfo.InvariantCulture) : "–";
}
