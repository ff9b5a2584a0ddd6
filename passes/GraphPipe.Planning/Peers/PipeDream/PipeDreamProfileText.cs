using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning.Peers;

/// <summary>
/// Reads <c>NAME.graph.txt</c>: lines <c>ID -- DESCRIPTION -- forward_compute_time=…, backward_compute_time=…, activation_size=…,
/// parameter_size=…</c>, optionally with <c> -- stage_id=…</c>, and lines with a tab and <c>SOURCE -- DEST</c>.
/// </summary>
public static class PipeDreamProfileText
{
    private const string Separator = " -- ";
    private static readonly ImmutableArray<string> Fields = ["forward_compute_time", "backward_compute_time", "activation_size", "parameter_size"];

    /// <param name="place">What to call the input in diagnostics, e.g. its file name.</param>
    /// <returns>Null with GP3012 in <paramref name="diagnostics"/> if the text is no profile, or nothing is left to plan.</returns>
    public static PipeDreamProfile? Read(string text, string place, DiagnosticBag diagnostics)
    {
        var faults = new DiagnosticBag();
        void Error(string message) => faults.Add(Diagnostic.Error(Codes.CostGraphMalformed, message));
        var nodes = ImmutableArray.CreateBuilder<PipeDreamNode>();
        var positions = new Dictionary<string, int>();
        var ends = new List<(string From, string To, string Where)>();
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].TrimEnd('\r', ' '), where = string.Create(CultureInfo.InvariantCulture, $"{place}, line {i + 1},");
            string[] parts = line.Trim().Split(Separator);
            if (line.Trim().Length == 0)
                continue;
            if (line[0] == '\t')
            {
                if (parts.Length == 2)
                    ends.Add((parts[0].Trim(), parts[1].Trim(), where));
                else
                    Error($"{where} is no edge 'SOURCE -- DEST'");
            }
            else if (ReadNode(parts, where, Error) is { } node)
            {
                if (!positions.TryAdd(node.Id, nodes.Count))
                    Error($"{where} has node '{node.Id}' for the second time");
                else
                    nodes.Add(node);
            }
        }

        var edges = ImmutableArray.CreateBuilder<(int, int)>();
        foreach (var (from, to, where) in ends)
        {
            foreach (string end in new[] { from, to }.Distinct().Where(end => !positions.ContainsKey(end)))
                Error($"{where} names node '{end}', which does not exist");
            if (from == to)
                Error($"{where} joins node '{from}' with itself");
            else if (positions.TryGetValue(from, out int producer) && positions.TryGetValue(to, out int consumer))
                edges.Add((producer, consumer));
        }

        var profile = new PipeDreamProfile(nodes.ToImmutable(), edges.ToImmutable());
        if (!faults.HasErrors)
            Check(profile, place, Error);
        diagnostics.AddRange(faults.All);
        return faults.HasErrors ? null : profile;
    }

    private static void Check(PipeDreamProfile profile, string place, Action<string> error)
    {
        var waiting = new int[profile.Nodes.Length];
        foreach (var (_, to) in profile.Edges)
            waiting[to]++;
        var successors = profile.Edges.ToLookup(e => e.From, e => e.To);
        var ready = new Queue<int>(Enumerable.Range(0, waiting.Length).Where(i => waiting[i] == 0));
        while (ready.TryDequeue(out int node))
        {
            foreach (int next in successors[node])
            {
                if (--waiting[next] == 0)
                    ready.Enqueue(next);
            }
        }

        if (Array.FindIndex(waiting, w => w > 0) is >= 0 and var stuck)
            error($"{place} has a cycle, in or before node '{profile.Nodes[stuck].Id}'");
        else if (profile.Prune().Nodes.Length == 0)
            error($"{place} has no nodes{(profile.Nodes.Length > 0 ? " besides inputs" : "")}");
    }

    private static PipeDreamNode? ReadNode(string[] parts, string where, Action<string> error)
    {
        if (parts.Length is not (3 or 4) || parts[0].Length == 0)
        {
            error($"{where} is no node 'ID -- DESCRIPTION -- {string.Join("=…, ", Fields)}=…'");
            return null;
        }

        var found = new Dictionary<string, double>();
        bool good = true;
        foreach (string field in parts[2].Split(','))
        {
            string[] pair = field.Split('=', 2);
            string name = pair[0].Trim();
            if (!Fields.Contains(name))
                continue;
            string value = pair.Length == 2 ? pair[1].Trim() : "";
            double? number = Number(value, isList: name == "activation_size");
            string? fault = found.ContainsKey(name) ? $"has '{name}' twice"
                : number is null ? $"has '{name}' {value}, which is no number from 0"
                : null;
            if (fault is not null)
            {
                error($"{where} node '{parts[0]}', {fault}");
                good = false;
            }

            found[name] = number ?? 0;
        }

        var missing = Fields.Where(f => !found.ContainsKey(f)).ToList();
        if (missing.Count > 0)
            error($"{where} node '{parts[0]}', has no {string.Join(" and no ", missing.Select(m => $"'{m}'"))}");
        return good && missing.Count == 0
            ? new PipeDreamNode(parts[0], parts[1], found[Fields[0]], found[Fields[1]], found[Fields[2]], found[Fields[3]])
            : null;
    }

    // A list [x; y] of activations is their sum.
    private static double? Number(string text, bool isList)
    {
        bool brackets = isList && text.StartsWith('[') && text.EndsWith(']');
        double sum = 0;
        foreach (string part in brackets ? text[1..^1].Split(';') : [text])
        {
            if (!double.TryParse(part.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || !double.IsFinite(number) || number < 0)
                return null;
            sum += number;
        }

        return sum;
    }
}
