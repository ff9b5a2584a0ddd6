namespace GraphPipe.Cli;

/// <summary>Columns of text for people: words left, numbers right.</summary>
/// <param name="header">One title per column; a title that begins with <c>&gt;</c> (left out in print) sets its column right.</param>
internal sealed class TextTable(params string[] header)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write(TextWriter writer, string indent = "  ")
    {
        bool[] right = [.. header.Select(h => h.StartsWith('>'))];
        string[][] all = [[.. header.Select(h => h.TrimStart('>'))], .. _rows];
        int[] widths = [.. header.Select((_, c) => all.Max(r => r[c].Length))];
        foreach (var row in all)
            writer.WriteLine((indent + string.Join("  ", row.Select((cell, c) => right[c] ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c])))).TrimEnd());
    }
}
