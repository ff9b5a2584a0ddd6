namespace GraphPipe.Planning;

/// <summary>
/// Splits devices over the branches of a parallel item, apart from what is absorbed elsewhere. A branch has devices of its own, or neighbours
/// share one.
/// </summary>
internal sealed class BranchSplit(StageBounds bounds, int devices, BranchSplit.Solver solve)
{
    private readonly Dictionary<(int Item, Absorbed Tail, Absorbed Head, int Level), int[][]> _tables = [];
    private readonly Dictionary<(int Item, int First, int Last), StageMeasure> _runs = [];

    /// <summary>The least level of the first stage of items [from, to) of a list on n devices.</summary>
    public delegate int Solver(SpList list, int from, int to, int n, int level);

    public void Clear() => _tables.Clear();

    /// <summary>Per number of devices the least possible largest level of the branches' first stages.</summary>
    public int[] Levels(SpItem item, Absorbed tail, Absorbed head, int level) => Table(item, tail, head, level)[0];

    /// <summary>Hands out the stages that <see cref="Levels"/> promises on <paramref name="n"/> devices.</summary>
    public void Collect(
        SpItem item, Absorbed tail, Absorbed head, int level, int n, Action<IEnumerable<int>, int> stage, Action<SpList, int, int, int, int> part)
    {
        var table = Table(item, tail, head, level);
        int b = 0;
        while (b < item.Branches.Length)
        {
            var (from, to) = Rest(item, b, tail, head);
            if (from == to)
            {
                b++;
                continue;
            }

            var (next, own) = Choices(item, tail, head, level, b, n, table).First(c => c.Level == table[b][n]).Choice;
            if (next == b + 1)
                part(item.Branches[b], from, to, own, level);
            else
                stage(item.Branches[b..next].SelectMany(x => x.Nodes), 1);
            n -= own;
            b = next;
        }
    }

    private int[][] Table(SpItem item, Absorbed tail, Absorbed head, int level)
    {
        var key = (item.Id, tail, head, level);
        if (_tables.TryGetValue(key, out var table))
            return table;
        int count = item.Branches.Length;
        table = new int[count + 1][];
        for (int b = count; b >= 0; b--)
        {
            table[b] = new int[devices + 1];
            Array.Fill(table[b], SeriesParallelSearch.Impossible);
            if (b == count)
            {
                table[b][0] = 0;
                continue;
            }

            var (from, to) = Rest(item, b, tail, head);
            for (int n = 0; n <= devices; n++)
                table[b][n] = from == to ? table[b + 1][n] : Choices(item, tail, head, level, b, n, table).Select(c => c.Level).DefaultIfEmpty(SeriesParallelSearch.Impossible).Min();
        }

        _tables.Add(key, table);
        return table;
    }

    private IEnumerable<(int Level, (int Next, int Own) Choice)> Choices(
        SpItem item, Absorbed tail, Absorbed head, int level, int b, int n, int[][] table)
    {
        var (from, to) = Rest(item, b, tail, head);
        for (int own = 1; own <= n; own++)
        {
            int others = table[b + 1][n - own];
            if (others < SeriesParallelSearch.Impossible)
                yield return (Math.Max(others, solve(item.Branches[b], from, to, own, level)), (b + 1, own));
        }

        if (n == 0 || tail.Has(b) || head.Has(b))
            yield break;
        for (int next = b + 2; next <= item.Branches.Length && !tail.Has(next - 1) && !head.Has(next - 1); next++)
        {
            var run = Run(item, b, next);
            if (run.Compute > bounds.Target)
                break;
            if (table[next][n - 1] < SeriesParallelSearch.Impossible && bounds.Fits(run, level + 1, 0))
                yield return (Math.Max(table[next][n - 1], level + 1), (next, 1));
        }
    }

    /// <summary>What of a branch is not absorbed.</summary>
    private static (int From, int To) Rest(SpItem item, int b, Absorbed tail, Absorbed head)
    {
        int length = item.Branches[b].Items.Length;
        if (tail.Has(b))
            return (0, Math.Max(0, tail.Cut));
        return head.Has(b) ? (head.Cut < 0 ? length : head.Cut, length) : (0, length);
    }

    private StageMeasure Run(SpItem item, int first, int next)
    {
        if (!_runs.TryGetValue((item.Id, first, next), out var measure))
            _runs.Add((item.Id, first, next), measure = bounds.Measure(item.Branches[first..next].SelectMany(b => b.Nodes)));
        return measure;
    }
}
