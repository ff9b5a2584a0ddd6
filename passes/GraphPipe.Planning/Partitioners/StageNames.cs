using System.Collections.Immutable;
using System.Globalization;

namespace GraphPipe.Planning;

/// <summary>Names for stages that say where in the model they are, fit for file names.</summary>
internal static class StageNames
{
    // Part of a stage's nodes that must share a path for it to be called so.
    private const double Majority = 0.6;

    /// <summary>
    /// The path that the names of a stage's nodes have in common (<c>/branch0/…</c> makes <c>branch0</c>), or the first part of it for most of them,
    /// where only it has that; else <c>stage0</c> and so on.
    /// </summary>
    public static ImmutableArray<string> Of(CostGraph graph, ImmutableArray<ImmutableArray<CostNodeId>> stages)
    {
        var common = stages.Select(s => NameOf([.. s.Select(n => graph[n].Name)])).ToArray();
        return
        [
            .. common.Select((name, i) => name.Length > 0 && common.Count(c => c == name) == 1
                ? name
                : string.Create(CultureInfo.InvariantCulture, $"stage{i}")),
        ];
    }

    private static string NameOf(string[] names)
    {
        string whole = Clean(CommonPath(names));
        if (whole.Length > 0)
            return whole;
        var most = names.GroupBy(n => n.Split('/', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault("")).MaxBy(g => g.Count())!;
        return most.Count() >= Majority * names.Length && most.Count() > 1 ? Clean(most.Key) : "";
    }

    private static string CommonPath(string[] names)
    {
        string[] path = names[0].Split('/', StringSplitOptions.RemoveEmptyEntries);
        int length = names.Length > 1 ? path.Length - 1 : path.Length;
        foreach (string name in names)
        {
            string[] other = name.Split('/', StringSplitOptions.RemoveEmptyEntries);
            int same = 0;
            while (same < length && same < other.Length && path[same] == other[same])
                same++;
            length = Math.Max(0, same);
        }

        return string.Join('-', path.Take(length));
    }

    private static string Clean(string name)
    {
        string clean = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_')).Trim('_', '-');
        // A name like a number or one of the fallback names would mislead.
        return clean.Length is 0 or > 40 || char.IsAsciiDigit(clean[0]) || clean.StartsWith("stage", StringComparison.Ordinal) ? "" : clean;
    }
}
