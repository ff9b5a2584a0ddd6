using System.Collections.Immutable;
using System.Globalization;

namespace GraphPipe.Ops;

/// <summary>
/// ONNX's (numpy's) equation of an Einsum for operands of known rank: one label per axis. The axes that an ellipsis stands for are labelled
/// <c>…0</c>, <c>…1</c>, counted from the last one, since they broadcast from the right.
/// </summary>
/// <param name="Operands">Labels of each operand's axes.</param>
/// <param name="Result">Labels of the result's axes.</param>
public sealed record EinsumEquation(ImmutableArray<ImmutableArray<string>> Operands, ImmutableArray<string> Result)
{
    /// <returns>Null if it can't be read; <paramref name="fail"/> has told why.</returns>
    public static EinsumEquation? Parse(string text, IReadOnlyList<int> ranks, Action<string> fail)
    {
        string[] sides = text.Replace(" ", "", StringComparison.Ordinal).Split("->");
        string[] terms = sides[0].Split(',');
        if (sides.Length > 2 || terms.Length != ranks.Count)
        {
            fail($"its equation '{text}' is not for {ranks.Count} operands");
            return null;
        }

        var operands = ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        for (int i = 0; i < terms.Length; i++)
        {
            if (Labels(terms[i], ranks[i]) is not { } labels || labels.Length != ranks[i])
            {
                fail($"'{terms[i]}' in its equation does not fit an operand of rank {ranks[i]}");
                return null;
            }

            operands.Add(labels);
        }

        int hidden = operands.Max(o => o.Count(IsHidden));
        var all = operands.SelectMany(o => o).ToList();
        // Without an arrow: the ellipsis, then the letters that occur once, in order.
        var result = sides.Length == 1
            ? [.. Hidden(hidden), .. all.Where(l => !IsHidden(l) && all.Count(m => m == l) == 1).Order(StringComparer.Ordinal)]
            : Labels(sides[1], sides[1].Contains("...", StringComparison.Ordinal) ? hidden + sides[1].Length - 3 : sides[1].Length);
        if (result is { } known && known.Distinct().Count() == known.Length && known.All(all.Contains))
            return new EinsumEquation(operands.ToImmutable(), known);
        fail($"the right side of its equation '{text}' does not follow from the left");
        return null;
    }

    private static ImmutableArray<string>? Labels(string term, int rank)
    {
        int at = term.IndexOf("...", StringComparison.Ordinal);
        string letters = at < 0 ? term : term.Remove(at, 3);
        if (!letters.All(char.IsAsciiLetter) || (at >= 0 && rank < letters.Length))
            return null;
        var labels = letters.Select(l => l.ToString()).ToList();
        if (at >= 0)
            labels.InsertRange(at, Hidden(rank - letters.Length));
        return [.. labels];
    }

    private static IEnumerable<string> Hidden(int count) => Enumerable.Range(0, count).Select(i => "…" + (count - 1 - i).ToString(CultureInfo.InvariantCulture));

    private static bool IsHidden(string label) => label[0] == '…';
}
