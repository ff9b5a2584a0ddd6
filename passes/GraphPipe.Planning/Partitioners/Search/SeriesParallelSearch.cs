namespace GraphPipe.Planning;

/// <summary>
/// GraphPipe's recursion (arXiv 2406.17145, section 5) for one target of the time per micro-batch, walked from the end of the model to its
/// start: the fewest devices, and the shallowest pipeline, with which every stage meets the target. With one micro-batch size, the samples in
/// flight at a stage follow from its level, the number of stages from it to the end of the longest path, and so the level is all that a
/// sub-problem needs to know about what comes behind it.
/// </summary>
/// <remarks>
/// The paper asks, for every number of devices, whether a sub-problem can be solved on so many. Asking for the fewest devices instead (which
/// decides the same question, as devices may stay idle) makes one sweep over a list of all its sub-problems. Beyond the paper, a piece before
/// or behind parallel branches may be absorbed by a branch (<see cref="Absorption"/>), or by several branches that share a device.
/// </remarks>
internal sealed class SeriesParallelSearch
{
    private const int Pieces = 3;

    private readonly SpList _root;
    private readonly StageBounds _bounds;
    private readonly Absorption _absorption;
    private readonly BranchSplit _split;
    private readonly int _devices;
    private readonly Dictionary<(SpList List, int To, int Level), LabelSet[]> _answers = [];

    /// <param name="devices">In groups (<see cref="StageBounds.LogGroup"/>), as everywhere in the search.</param>
    public SeriesParallelSearch(SpList root, StageBounds bounds, int devices)
    {
        _root = root;
        _bounds = bounds;
        _devices = devices;
        _absorption = new Absorption(bounds);
        _split = new BranchSplit(bounds, Solve);
    }

    /// <summary>Ways to begin a rest that were looked at.</summary>
    public long States { get; private set; }

    /// <summary>Sets the target and forgets answers for others.</summary>
    /// <param name="target">The most that a stage may take for a micro-batch.</param>
    public void Aim(double target)
    {
        _bounds.Target = target;
        _split.Clear();
        _answers.Clear();
    }

    /// <summary>Partitions on at most the given devices, the one with the fewest first; empty if the target can't be met.</summary>
    public List<List<StageSet>> Solutions()
    {
        var labels = Solve(_root, _root.Items.Length, 0);
        var found = new List<List<StageSet>>();
        for (int i = 0; i < labels[0].Count && labels[0][i].Devices <= _devices; i++)
        {
            var stages = new List<StageSet>();
            Collect(_root, labels, 0, i, stages);
            found.Add(stages);
        }

        return found;
    }

    /// <summary>For every p the labels of items [p, to) of a list before a stage of level <paramref name="level"/>.</summary>
    private LabelSet[] Solve(SpList list, int to, int level)
    {
        list = list.Twin;
        if (_answers.TryGetValue((list, to, level), out var labels))
            return labels;
        labels = new LabelSet[to + 1];
        labels[to].Add(0, level, default);
        for (int p = to - 1; p >= 0; p--)
        {
            Stages(list, p, to, labels);
            if (list.Items[p].IsParallel)
                Spread(list, p, p, to, labels);
            for (int i = p + 1; i < to && !_bounds.IsTooLong(list, p, i); i++)
            {
                if (list.Items[i].IsParallel)
                    Spread(list, p, i, to, labels);
            }
        }

        _answers.Add((list, to, level), labels);
        return labels;
    }

    // Items [p, q) as one stage, on as few devices as are fast enough. On several, only the longest pieces: they are there to make few stages.
    private void Stages(SpList list, int p, int to, LabelSet[] labels)
    {
        int longest = p;
        for (int log = 0; log <= _bounds.LogReplicas && longest < to; log++)
        {
            int before = longest;
            while (longest < to && !_bounds.IsTooLong(list, p, longest + 1, log))
                longest++;
            for (int q = longest; q > (log == 0 ? p : Math.Max(before, longest - Pieces)); q--)
            {
                ref readonly var stage = ref _bounds.Segment(list, p, q);
                for (int l = 0; l < labels[q].Count; l++)
                {
                    States++;
                    var rest = labels[q][l];
                    if (rest.Devices + (1 << log) <= _devices && _bounds.Fits(stage, rest.Level + 1, log))
                        labels[p].Add(rest.Devices + (1 << log), rest.Level + 1, new Step(q, l, 1 << log, -1, Absorbed.None, Absorbed.None, 0));
                }
            }
        }
    }

    // The branches of item i side by side, with or without items behind them absorbed; items [p, i) before it are absorbed if there are any.
    private void Spread(SpList list, int p, int i, int to, LabelSet[] labels)
    {
        for (int l = 0; l < labels[i + 1].Count; l++)
            Spread(list, p, i, i + 1, l, Absorbed.None, labels);
        for (int q = i + 2; q <= to && !_bounds.IsTooLong(list, i + 1, q); q++)
        {
            foreach (var tail in _absorption.Tails(list, i, q))
            {
                var measure = _absorption.MeasureTail(list, i, q, tail);
                for (int l = 0; l < labels[q].Count; l++)
                {
                    States++;
                    if (_bounds.Fits(measure, labels[q][l].Level + 1, 0))
                        Spread(list, p, i, q, l, tail, labels);
                }
            }
        }
    }

    private void Spread(SpList list, int p, int i, int q, int l, Absorbed tail, LabelSet[] labels)
    {
        var rest = labels[q][l];
        int used = rest.Devices + (tail.IsNone ? 0 : 1), behind = rest.Level + (tail.IsNone ? 0 : 1);
        if (used >= _devices)
            return;
        if (p == i)
        {
            var side = _split.Of(list.Items[i], tail, Absorbed.None, behind).Labels[0];
            for (int s = 0; s < side.Count; s++)
            {
                if (used + side[s].Devices <= _devices)
                    labels[p].Add(used + side[s].Devices, side[s].Level, new Step(q, l, 0, i, tail, Absorbed.None, s));
            }

            return;
        }

        foreach (var head in _absorption.Heads(list, p, i, tail))
        {
            var measure = _absorption.MeasureHead(list, p, i, head);
            if (!_bounds.Fits(measure, behind + 1, 0))
                continue;
            var side = _split.Of(list.Items[i], tail, head, behind).Labels[0];
            for (int s = 0; s < side.Count; s++)
            {
                States++;
                int first = side[s].Level + 1;
                if (used + 1 + side[s].Devices <= _devices && _bounds.Fits(measure, first, 0))
                    labels[p].Add(used + 1 + side[s].Devices, first, new Step(q, l, 0, i, tail, head, s));
            }
        }
    }

    private void Collect(SpList list, LabelSet[] labels, int p, int label, List<StageSet> stages)
    {
        void Stage(IEnumerable<int> nodes, int replicas) => stages.Add(new StageSet([.. nodes], replicas << _bounds.LogGroup, _bounds.MicroBatch));
        while (p < labels.Length - 1)
        {
            var step = labels[p][label].Step;
            if (step.Replicas > 0)
            {
                Stage(list.Items[p..step.Next].SelectMany(i => i.Nodes), step.Replicas);
            }
            else
            {
                int behind = labels[step.Next][step.NextLabel].Level;
                if (!step.Tail.IsNone)
                {
                    behind++;
                    Stage(Absorption.TailNodes(list, step.Item, step.Next, step.Tail), 1);
                }

                if (!step.Head.IsNone)
                    Stage(Absorption.HeadNodes(list, p, step.Item, step.Head), 1);
                BranchSplit.Collect(
                    list.Items[step.Item], _split.Of(list.Items[step.Item], step.Tail, step.Head, behind), step.Side, nodes => Stage(nodes, 1), (branch, own, from, which) => Collect(branch, own, from, which, stages));
            }

            (p, label) = (step.Next, step.NextLabel);
        }
    }
}
