namespace GraphPipe.Planning;

/// <summary>How the branches from one on run: one branch on its own, or a run of whole branches in one stage.</summary>
/// <param name="Next">First branch of the remainder.</param>
/// <param name="Own">Which label of the branch on its own; -1 for a run in one stage.</param>
/// <param name="Rest">Which label of the remainder.</param>
internal readonly record struct SideStep(int Next, int Own, int Rest);

/// <summary>
/// The branches of a parallel item side by side, apart from what is absorbed elsewhere: a branch has devices of its own, or whole neighbours share
/// one. Devices add up, the deepest branch counts.
/// </summary>
internal sealed class BranchSplit(StageBounds bounds, Func<SpList, int, int, LabelSet[]> solve)
{
    private readonly Dictionary<(int Item, Absorbed Tail, Absorbed Head, int Level), Side> _sides = [];
    private readonly Dictionary<(int Item, int First, int Last), StageMeasure> _runs = [];

    public void Clear() => _sides.Clear();

    /// <summary>The ways to run the branches before a stage of level <paramref name="level"/>.</summary>
    public Side Of(SpItem item, Absorbed tail, Absorbed head, int level)
    {
        var key = (item.Id, tail, head, level);
        if (!_sides.TryGetValue(key, out var side))
            _sides.Add(key, side = Solve(item, tail, head, level));
        return side;
    }

    /// <summary>Hands out the stages of a label of <see cref="Of"/>.</summary>
    /// <param name="stage">Gets whole branches that share a device.</param>
    /// <param name="part">Gets part of a branch on its own: the branch, its labels, where it begins and which label it has there.</param>
    public static void Collect(SpItem item, Side side, int label, Action<IEnumerable<int>> stage, Action<SpList, LabelSet[], int, int> part)
    {
        for (int b = 0; b < item.Branches.Length;)
        {
            var step = side.Steps[b][side.Labels[b][label].Step.Side];
            if (step.Own >= 0)
                part(item.Branches[b], side.Parts[b]!, side.From[b], step.Own);
            else if (step.Next > b + 1)
                stage(item.Branches[b..step.Next].SelectMany(x => x.Nodes));
            (b, label) = (step.Next, step.Rest);
        }
    }

    private Side Solve(SpItem item, Absorbed tail, Absorbed head, int level)
    {
        int count = item.Branches.Length;
        var side = new Side(count);
        side.Add(count, 0, level, default);
        for (int b = count - 1; b >= 0; b--)
        {
            var (from, to) = Rest(item, b, tail, head);
            if (from == to)
            {
                for (int r = 0; r < side.Labels[b + 1].Count; r++)
                    side.Add(b, side.Labels[b + 1][r].Devices, side.Labels[b + 1][r].Level, new SideStep(b + 1, -1, r));
                continue;
            }

            var own = solve(item.Branches[b], to, level);
            side.Parts[b] = own;
            side.From[b] = from;
            for (int o = 0; o < own[from].Count; o++)
            {
                for (int r = 0; r < side.Labels[b + 1].Count; r++)
                    side.Add(b, own[from][o].Devices + side.Labels[b + 1][r].Devices, Math.Max(own[from][o].Level, side.Labels[b + 1][r].Level), new SideStep(b + 1, o, r));
            }

            if (!tail.Has(b) && !head.Has(b))
                Together(item, tail, head, level, side, b);
        }

        return side;
    }

    // Whole branches [b, next) in one stage.
    private void Together(SpItem item, Absorbed tail, Absorbed head, int level, Side side, int b)
    {
        for (int next = b + 2; next <= item.Branches.Length && !tail.Has(next - 1) && !head.Has(next - 1); next++)
        {
            var run = Run(item, b, next);
            if (bounds.Time(run) > bounds.Target)
                return;
            if (!bounds.Fits(run, level + 1, 0))
                continue;
            for (int r = 0; r < side.Labels[next].Count; r++)
                side.Add(b, 1 + side.Labels[next][r].Devices, Math.Max(level + 1, side.Labels[next][r].Level), new SideStep(next, -1, r));
        }
    }

    // What of a branch is not absorbed.
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

    /// <summary>Labels for the branches from each one on, and how each begins.</summary>
    internal sealed class Side(int count)
    {
        public LabelSet[] Labels { get; } = new LabelSet[count + 1];

        // By branch and label; a label's step is found by the number in its own step's Side.
        public List<SideStep>[] Steps { get; } = [.. Enumerable.Range(0, count + 1).Select(_ => new List<SideStep>())];

        public LabelSet[]?[] Parts { get; } = new LabelSet[count][];

        public int[] From { get; } = new int[count];

        public void Add(int branch, int devices, int level, SideStep step)
        {
            Labels[branch].Add(devices, level, new Step(0, 0, 0, 0, Absorbed.None, Absorbed.None, Steps[branch].Count));
            Steps[branch].Add(step);
        }
    }
}
