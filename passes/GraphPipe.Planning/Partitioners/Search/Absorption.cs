namespace GraphPipe.Planning;

/// <summary>
/// The branches, or the piece of one branch, that share a stage with what lies before or behind a parallel item. With a cut, the first part
/// [0, Cut) of the branch stays outside if it is absorbed by a tail, the last part [Cut, end) if by a head.
/// </summary>
/// <param name="First">First branch; -1 for none.</param>
/// <param name="Cut">-1 for whole branches.</param>
internal readonly record struct Absorbed(int First, int Last, int Cut)
{
    public static readonly Absorbed None = new(-1, -1, -1);

    public bool IsNone => First < 0;

    public bool Has(int branch) => branch >= First && branch <= Last && First >= 0;
}

/// <summary>
/// Cheap joins and forks: what lies behind branches (a concatenation, a head) or before them (an embedding that all read) goes to one of the
/// branches instead of taking a device of its own. Offers only few ways, those that fill the stage: the cheapest branches, whole (with as many
/// of their neighbours as fit) or the longest pieces of them; of twins one.
/// </summary>
internal sealed class Absorption(StageBounds bounds)
{
    private const int Branches = 4;
    private const int Pieces = 3;
    private readonly Dictionary<(int Item, int Border, Absorbed Branch), StageMeasure> _tails = [];
    private readonly Dictionary<(int Item, int Border, Absorbed Branch), StageMeasure> _heads = [];

    public static IEnumerable<int> TailNodes(SpList list, int i, int q, Absorbed branch)
    {
        var item = list.Items[i];
        var inside = branch.Cut >= 0
            ? item.Branches[branch.First].Items[branch.Cut..].SelectMany(x => x.Nodes)
            : item.Branches[branch.First..(branch.Last + 1)].SelectMany(b => b.Nodes);
        return inside.Concat(list.Items[(i + 1)..q].SelectMany(x => x.Nodes));
    }

    public static IEnumerable<int> HeadNodes(SpList list, int h, int i, Absorbed branch)
    {
        var item = list.Items[i];
        var inside = branch.Cut >= 0
            ? item.Branches[branch.First].Items[..branch.Cut].SelectMany(x => x.Nodes)
            : item.Branches[branch.First..(branch.Last + 1)].SelectMany(b => b.Nodes);
        return list.Items[h..i].SelectMany(x => x.Nodes).Concat(inside);
    }

    public StageMeasure MeasureTail(SpList list, int i, int q, Absorbed branch)
    {
        var key = (list.Items[i].Id, q, branch);
        if (!_tails.TryGetValue(key, out var measure))
            _tails.Add(key, measure = bounds.Measure(TailNodes(list, i, q, branch)));
        return measure;
    }

    public StageMeasure MeasureHead(SpList list, int h, int i, Absorbed branch)
    {
        var key = (list.Items[i].Id, h, branch);
        if (!_heads.TryGetValue(key, out var measure))
            _heads.Add(key, measure = bounds.Measure(HeadNodes(list, h, i, branch)));
        return measure;
    }

    public IEnumerable<Absorbed> Tails(SpList list, int i, int q) =>
        Ways(list.Items[i], bounds.Target - bounds.Time(bounds.Segment(list, i + 1, q)), Absorbed.None, fromEnd: true);

    public IEnumerable<Absorbed> Heads(SpList list, int h, int i, Absorbed tail) =>
        Ways(list.Items[i], bounds.Target - bounds.Time(bounds.Segment(list, h, i)), tail, fromEnd: false);

    private IEnumerable<Absorbed> Ways(SpItem item, double room, Absorbed taken, bool fromEnd)
    {
        double Time(int b) => bounds.Time(bounds.Segment(item.Branches[b], 0, item.Branches[b].Items.Length));
        foreach (int b in Enumerable.Range(0, item.Branches.Length).Where(b => !taken.Has(b)).DistinctBy(b => item.Branches[b].Twin).OrderBy(Time).Take(Branches))
        {
            if (Time(b) <= room)
            {
                yield return new Absorbed(b, b, -1);
                int last = b;
                double sum = Time(b);
                while (last + 1 < item.Branches.Length && !taken.Has(last + 1) && sum + Time(last + 1) <= room && (b > 0 || last + 2 < item.Branches.Length))
                    sum += Time(++last);
                if (last > b)
                    yield return new Absorbed(b, last, -1);
                continue;
            }

            var branch = item.Branches[b];
            int length = branch.Items.Length, cut = fromEnd ? length : 0;
            double Piece(int c) => bounds.Time(fromEnd ? bounds.Segment(branch, c, length) : bounds.Segment(branch, 0, c));
            // The longest piece that fits, and the next shorter ones.
            while (fromEnd ? cut > 1 && Piece(cut - 1) <= room : cut < length - 1 && Piece(cut + 1) <= room)
                cut += fromEnd ? -1 : 1;
            for (int k = 0; k < Pieces && (fromEnd ? cut + k < length : cut - k > 0); k++)
                yield return new Absorbed(b, b, fromEnd ? cut + k : cut - k);
        }
    }
}
