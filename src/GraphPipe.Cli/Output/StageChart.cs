using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Cli;

/// <summary>A stage as it is drawn.</summary>
/// <param name="Lines">What stands in its box.</param>
internal sealed record StageBox(int Id, string Name, IReadOnlyList<string> Lines);

/// <summary>
/// Draws a stage graph in plain characters: data flows down, stages that run side by side stand side by side. Edges that jump over a row are
/// listed below.
/// </summary>
internal sealed class StageChart
{
    private const int Widest = 200;
    private const int Gap = 2;
    private const int LongestText = 24;

    private readonly IReadOnlyList<StageBox> _boxes;
    private readonly List<(int From, int To)> _edges;
    private readonly int[] _row;
    private readonly List<List<int>> _rows;

    /// <param name="boxes">In a topological order, numbered by position.</param>
    public StageChart(IReadOnlyList<StageBox> boxes, IEnumerable<(int From, int To)> edges)
    {
        _boxes = boxes;
        _edges = [.. edges.Where(e => e.From != e.To).Distinct().Order()];
        _row = new int[boxes.Count];
        foreach (var (from, to) in _edges.OrderBy(e => e.From))
            _row[to] = Math.Max(_row[to], _row[from] + 1);
        _rows = [.. Enumerable.Range(0, Depth).Select(r => Enumerable.Range(0, boxes.Count).Where(s => _row[s] == r).ToList())];
        // Below the middle of what they read, so that few lines cross.
        for (int r = 1; r < _rows.Count; r++)
        {
            var places = _rows.Take(r).SelectMany(row => row.Select((s, i) => (s, (i + 0.5) / row.Count))).ToDictionary(p => p.s, p => p.Item2);
            _rows[r] = [.. _rows[r].OrderBy(s => _edges.Where(e => e.To == s).Select(e => places[e.From]).DefaultIfEmpty(0.5).Average())];
        }
    }

    /// <summary>Stages on the longest path.</summary>
    public int Depth => _row.DefaultIfEmpty(-1).Max() + 1;

    public static StageChart Of(PipelinePlan plan, IReadOnlyList<Bytes>? parameters = null) => new(
        [.. plan.Stages.Select((s, i) => new StageBox(i, s.Name,
        [
            string.Join(' ', s.Devices),
            $"{s.Nodes.Length} {(s.Nodes.Length == 1 ? "node" : "nodes")}{(parameters is null ? "" : $", {parameters[i]}")}",
            string.Create(CultureInfo.InvariantCulture, $"micro-batch {s.MicroBatch}"),
            string.Create(CultureInfo.InvariantCulture, $"{s.InFlight} in flight"),
            string.Create(CultureInfo.InvariantCulture, $"{s.Tps.Value:0.##} us/sample"),
            s.Memory.ToString(),
        ]))],
        plan.Edges.Select(e => (e.From.Value, e.To.Value)));

    public static StageChart Of(StageBundle bundle) => new(
        [.. bundle.Plan.Stages.Select((s, i) => new StageBox(i, s.Name,
        [
            s.Replica == Replica.Only ? bundle.Plan.Mesh[s.Device].ToString() : $"{bundle.Plan.Mesh[s.Device]}, replica {s.Replica}",
            $"{Calls(bundle.Stages[i].Program)} kernel calls",
            $"{Count(Parameters(bundle.Stages[i].Program))} parameters",
            string.Create(CultureInfo.InvariantCulture, $"micro-batch {s.MicroBatch}"),
            string.Create(CultureInfo.InvariantCulture, $"{s.InFlight} in flight"),
        ]))],
        bundle.Plan.Channels.Where(c => c.Kind == ChannelKind.Activation).Select(c => (c.From.Value, c.To.Value)));

    /// <summary>Forward calls of a stage.</summary>
    public static int Calls(StageProgram program) => program.Function(FunctionKind.Forward)?.Calls.Length ?? 0;

    /// <summary>Elements of a stage's parameters, constants excepted.</summary>
    public static long Parameters(StageProgram program) => program.Parameters.Where(p => p.Role != ParameterRole.Constant).Sum(p => program[p.Buffer].Shape.Elements.At(1));

    /// <summary>E.g. <c>4 stages</c>.</summary>
    public static string Stages(int count) => count == 1 ? "1 stage" : string.Create(CultureInfo.InvariantCulture, $"{count} stages");

    /// <summary>A number for people: <c>1.25 M</c>.</summary>
    public static string Count(long count) => count switch
    {
        < 10_000 => count.ToString(CultureInfo.InvariantCulture),
        < 1_000_000 => (count / 1e3).ToString("0.#", CultureInfo.InvariantCulture) + " k",
        < 1_000_000_000 => (count / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + " M",
        _ => (count / 1e9).ToString("0.##", CultureInfo.InvariantCulture) + " G",
    };

    public void Write(TextWriter writer)
    {
        if (_boxes.Count == 0)
            return;
        int width = _boxes.Max(b => Texts(b).Max(t => t.Length)) + 4;
        int whole = _rows.Max(r => r.Count * (width + Gap) - Gap);
        if (whole > Widest)
        {
            WriteList(writer);
            return;
        }

        int height = _boxes.Max(b => b.Lines.Count) + 3;
        int[] centre = new int[_boxes.Count];
        for (int r = 0; r < _rows.Count; r++)
        {
            int offset = (whole - (_rows[r].Count * (width + Gap) - Gap)) / 2;
            for (int i = 0; i < _rows[r].Count; i++)
                centre[_rows[r][i]] = offset + i * (width + Gap) + width / 2;
            if (r > 0)
                Connect(writer, r - 1, centre, whole);
            var canvas = Enumerable.Range(0, height).Select(_ => Blank(whole)).ToArray();
            foreach (int s in _rows[r])
                Draw(canvas, _boxes[s], centre[s] - width / 2, width);
            foreach (char[] line in canvas)
                writer.WriteLine(("  " + new string(line)).TrimEnd());
        }

        var skips = _edges.Where(e => _row[e.To] > _row[e.From] + 1).ToList();
        if (skips.Count > 0)
            writer.WriteLine($"  skips: {string.Join(", ", skips.Select(e => $"{_boxes[e.From].Name} -> {_boxes[e.To].Name}"))}");
    }

    private static IEnumerable<string> Texts(StageBox box) => box.Lines.Prepend(Title(box)).Select(Short);

    private static string Title(StageBox box) => string.Create(CultureInfo.InvariantCulture, $"{box.Id} {box.Name}");

    private static string Short(string text) => text.Length <= LongestText ? text : text[..(LongestText - 2)] + "..";

    private static char[] Blank(int width)
    {
        char[] line = new char[width];
        Array.Fill(line, ' ');
        return line;
    }

    private static void Draw(char[][] canvas, StageBox box, int left, int width)
    {
        string[] texts = [.. Texts(box)];
        for (int y = 0; y < canvas.Length; y++)
        {
            bool isBorder = y == 0 || y == canvas.Length - 1;
            string text = isBorder ? new string('-', width - 2) : " " + (y - 1 < texts.Length ? texts[y - 1] : "").PadRight(width - 3);
            char side = isBorder ? '+' : '|';
            $"{side}{text}{side}".CopyTo(0, canvas[y], left, width);
        }
    }

    // The lines between a row and the next: a bar for each group of boxes that are joined, all in one line where they don't overlap.
    private void Connect(TextWriter writer, int row, int[] centre, int width)
    {
        var groups = new List<(List<int> From, List<int> To)>();
        foreach (var (from, to) in _edges.Where(e => _row[e.From] == row && _row[e.To] == row + 1))
        {
            var touching = groups.Where(g => g.From.Contains(from) || g.To.Contains(to)).ToList();
            groups.RemoveAll(touching.Contains);
            groups.Add(([.. touching.SelectMany(g => g.From).Append(from).Distinct()], [.. touching.SelectMany(g => g.To).Append(to).Distinct()]));
        }

        if (groups.Count == 0)
        {
            writer.WriteLine();
            return;
        }

        (int Left, int Right)[] spans = [.. groups.Select(g => (g.From.Concat(g.To).Min(s => centre[s]), g.From.Concat(g.To).Max(s => centre[s])))];
        int[] bar = new int[groups.Count];
        for (int g = 0; g < bar.Length; g++)
        {
            while (Enumerable.Range(0, g).Any(o => bar[o] == bar[g] && spans[o].Left <= spans[g].Right && spans[g].Left <= spans[o].Right))
                bar[g]++;
        }

        int bars = bar.Max() + 1;
        var canvas = Enumerable.Range(0, bars + 2).Select(_ => Blank(width)).ToArray();
        for (int g = 0; g < groups.Count; g++)
        {
            int y = bar[g] + 1;
            for (int x = spans[g].Left; x <= spans[g].Right; x++)
                canvas[y][x] = canvas[y][x] == ' ' ? '-' : '+';
            foreach (int s in groups[g].From)
            {
                for (int up = 0; up < y; up++)
                    canvas[up][centre[s]] = canvas[up][centre[s]] is '-' or '+' ? '+' : '|';
            }

            foreach (int s in groups[g].To)
            {
                for (int down = y + 1; down < canvas.Length; down++)
                    canvas[down][centre[s]] = down == canvas.Length - 1 ? 'v' : canvas[down][centre[s]] is '-' or '+' ? '+' : '|';
            }

            foreach (int s in groups[g].From.Concat(groups[g].To))
                canvas[y][centre[s]] = spans[g].Left == spans[g].Right ? '|' : '+';
        }

        foreach (char[] line in canvas)
            writer.WriteLine(("  " + new string(line)).TrimEnd());
    }

    private void WriteList(TextWriter writer)
    {
        for (int r = 0; r < _rows.Count; r++)
        {
            writer.WriteLine($"  row {r + 1}{(_rows[r].Count > 1 ? $", {_rows[r].Count} side by side" : "")}:");
            foreach (int s in _rows[r])
            {
                var from = _edges.Where(e => e.To == s).Select(e => _boxes[e.From].Name).ToList();
                writer.WriteLine($"    {Title(_boxes[s])}: {string.Join(", ", _boxes[s].Lines)}{(from.Count > 0 ? $"; reads {string.Join(", ", from)}" : "")}");
            }
        }
    }
}
