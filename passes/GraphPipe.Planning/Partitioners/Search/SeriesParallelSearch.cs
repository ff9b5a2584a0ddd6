namespace GraphPipe.Planning;

/// <summary>
/// GraphPipe's recursion (arXiv 2406.17145, section 5) for one target of the time per micro-batch, walked from the end of the model to its
/// start: the shallowest pipeline of exactly n devices, if there is one. With one micro-batch size, the samples in flight at a stage follow
/// from its level, the number of stages from it to the end of the longest path, and so the level is all that a sub-problem needs to know
/// about what comes behind it.
/// </summary>
/// <remarks>
/// Beyond the paper, a piece before or behind parallel branches may be absorbed by a branch (<see cref="Absorption"/>), or by several
/// branches that share a device.
/// </remarks>
internal sealed class SeriesParallelSearch
{
    /// <summary>The level of a sub-problem without an answer.</summary>
    public const int Impossible = int.MaxValue / 2;

    private readonly SpList _root;
    private readonly StageBounds _bounds;
    private readonly int _devices;
    private readonly Absorption _absorption;
    private readonly BranchSplit _split;

    public SeriesParallelSearch(SpList root, StageBounds bounds, int devices)
    {
        _root = root;
        _bounds = bounds;
        _devices = devices;
        _absorption = new Absorption(bounds);
        _split = new BranchSplit(bounds, devices, Solve);
    }

    /// <summary>Sub-problems solved so far.</summary>
    public long States { get; private set; }

    /// <summary>Sets the target and forgets answers for others.</summary>
    /// <param name="target">The most that a stage may take for a micro-batch.</param>
    public void Aim(double target)
    {
        _bounds.Target = target;
        _split.Clear();
        foreach (var list in _root.All())
            Array.Clear(list.Answers);
    }

    /// <summary>Stages on the longest path of a plan on exactly <paramref name="devices"/> devices, or <see cref="Impossible"/>.</summary>
    public int Level(int devices) => Solve(_root, 0, _root.Items.Length, devices, 0);

    /// <summary>Stages on exactly <paramref name="devices"/> devices.</summary>
    /// <param name="level">Stages on the longest path, or <see cref="Impossible"/>.</param>
    public List<StageSet> Stages(int devices, out int level)
    {
        var stages = new List<StageSet>();
        level = Level(devices);
        if (level < Impossible)
            Collect(_root, 0, _root.Items.Length, devices, 0, stages);
        return stages;
    }

    /// <summary>The least level of the first stage when items [a, q) run on exactly n devices before a stage of level <paramref name="level"/>.</summary>
    private int Solve(SpList list, int a, int q, int n, int level)
    {
        if (q == a)
            return n == 0 ? level : Impossible;
        if (n == 0 || level >= _devices)
            return Impossible;
        int width = _devices + 1;
        var answers = list.Answers[a] ??= new int[(list.Items.Length - a + 1) * width * width];
        ref int answer = ref answers[((q - a) * width + n) * width + level];
        if (answer == 0)
            answer = Best(list, a, q, n, level).Level + 1;
        return answer - 1;
    }

    private Step Best(SpList list, int a, int q, int n, int level)
    {
        States++;
        var best = Step.None;
        if (!_bounds.CanFit(list, a, q, n))
            return best;
        for (int p = q - 1; p >= a; p--)
        {
            // What lies behind item p is no stage any more if it takes too long.
            if (_bounds.IsTooLong(list, p, q))
                break;
            for (int log = 0; 1 << log <= n && log <= _bounds.LogReplicas; log++)
            {
                if (_bounds.Fits(_bounds.Segment(list, p, q), level + 1, log))
                    best.Take(new Step(Solve(list, a, p, n - (1 << log), level + 1), p, 1 << log, Absorbed.None, Absorbed.None, 0, 0));
            }
        }

        for (int i = q - 1; i >= a && n > 1; i--)
        {
            if (i < q - 1 && _bounds.IsTooLong(list, i + 1, q))
                break;
            if (!list.Items[i].IsParallel)
                continue;
            if (i == q - 1)
                Spread(list, a, q, i, n, level, Absorbed.None, ref best);
            else
                foreach (var tail in _absorption.Tails(list, i, q))
                {
                    if (_bounds.Fits(_absorption.MeasureTail(list, i, q, tail), level + 1, 0))
                        Spread(list, a, q, i, n, level, tail, ref best);
                }
        }

        return best;
    }

    /// <summary>Puts the branches of item i side by side, with or without a tail [i + 1, q) absorbed, and with or without a head.</summary>
    private void Spread(SpList list, int a, int q, int i, int n, int level, Absorbed tail, ref Step best)
    {
        int behind = tail.IsNone ? level : level + 1;
        int left = tail.IsNone ? n : n - 1;
        var levels = _split.Levels(list.Items[i], tail, Absorbed.None, behind);
        for (int side = 1; side <= left; side++)
        {
            if (levels[side] < Impossible)
                best.Take(new Step(Solve(list, a, i, left - side, levels[side]), i, 0, tail, Absorbed.None, side, i));
        }

        for (int h = i - 1; h >= a && left > 1 && !_bounds.IsTooLong(list, h, i); h--)
        {
            foreach (var head in _absorption.Heads(list, h, i, tail))
            {
                levels = _split.Levels(list.Items[i], tail, head, behind);
                for (int side = 1; side < left; side++)
                {
                    int first = levels[side] + 1;
                    if (levels[side] < Impossible && _bounds.Fits(_absorption.MeasureHead(list, h, i, head), first, 0))
                        best.Take(new Step(Solve(list, a, h, left - 1 - side, first), i, 0, tail, head, side, h));
                }
            }
        }
    }

    private void Collect(SpList list, int a, int q, int n, int level, List<StageSet> stages)
    {
        if (q == a)
            return;
        var step = Best(list, a, q, n, level);
        void Stage(IEnumerable<int> nodes, int replicas) => stages.Add(new StageSet([.. nodes], replicas, _bounds.MicroBatch));
        if (step.Replicas > 0)
        {
            Stage(list.Items[step.Item..q].SelectMany(i => i.Nodes), step.Replicas);
            Collect(list, a, step.Item, n - step.Replicas, level + 1, stages);
            return;
        }

        var item = list.Items[step.Item];
        int behind = level, left = n;
        if (!step.Tail.IsNone)
        {
            Stage(Absorption.TailNodes(list, step.Item, q, step.Tail), 1);
            behind++;
            left--;
        }

        int before = _split.Levels(item, step.Tail, step.Head, behind)[step.Side];
        _split.Collect(item, step.Tail, step.Head, behind, step.Side, Stage, (l, from, to, devices, lv) => Collect(l, from, to, devices, lv, stages));
        left -= step.Side;
        if (!step.Head.IsNone)
        {
            Stage(Absorption.HeadNodes(list, step.Start, step.Item, step.Head), 1);
            before++;
            left--;
        }

        Collect(list, a, step.Start, left, before, stages);
    }

    /// <summary>How a sub-problem's last part is covered.</summary>
    /// <param name="Level">The level of the sub-problem's first stage.</param>
    /// <param name="Item">The first item of the last stage, or the parallel item.</param>
    /// <param name="Replicas">Devices of the last stage; 0 if the last part is a parallel item.</param>
    /// <param name="Side">Devices of the branches that are not absorbed.</param>
    /// <param name="Start">Items before it remain to be solved.</param>
    private record struct Step(int Level, int Item, int Replicas, Absorbed Tail, Absorbed Head, int Side, int Start)
    {
        public static readonly Step None = new(Impossible, 0, 0, Absorbed.None, Absorbed.None, 0, 0);

        public void Take(Step other)
        {
            if (other.Level < Level)
                this = other;
        }
    }
}
