namespace GraphPipe.Planning;

/// <summary>One way to run the rest of a list: how many devices it takes and how deep it is.</summary>
/// <param name="Devices">Devices of the rest.</param>
/// <param name="Level">Stages from the first one of the rest to the end of the model's longest path.</param>
/// <param name="Step">How the rest begins.</param>
internal readonly record struct Label(int Devices, int Level, Step Step);

/// <summary>How the rest of a list begins: with a stage of whole items, or with branches side by side.</summary>
/// <param name="Next">Position in the list where the remainder goes on.</param>
/// <param name="NextLabel">Which of the labels there it is.</param>
/// <param name="Replicas">Devices of the stage; 0 for branches side by side.</param>
/// <param name="Item">The parallel item.</param>
/// <param name="Tail">What of its branches shares a stage with the items up to <paramref name="Next"/>.</param>
/// <param name="Head">What of its branches shares a stage with the items before it.</param>
/// <param name="Side">Which of the labels of the branches that are left.</param>
internal readonly record struct Step(int Next, int NextLabel, int Replicas, int Item, Absorbed Tail, Absorbed Head, int Side);

/// <summary>
/// Labels of which none is better than another both in devices and in level, fewest devices first. A few are enough: with one number of devices
/// per stage the fewest devices are also the shallowest; only replicas and short memory make a choice of it.
/// </summary>
internal struct LabelSet
{
    public const int Most = 2;

    private Label[]? _labels;

    public int Count { get; private set; }

    public readonly Label this[int i] => _labels![i];

    public void Add(int devices, int level, in Step step)
    {
        int at = 0;
        while (at < Count && _labels![at].Devices <= devices)
        {
            if (_labels[at].Level <= level)
                return;
            at++;
        }

        // What comes behind has at least as many devices and must be shallower to stay.
        int keep = at;
        while (keep < Count && _labels![keep].Level >= level)
            keep++;
        _labels ??= new Label[Most + 1];
        if (keep != at + 1)
        {
            Array.Copy(_labels, keep, _labels, at + 1, Count - keep);
            Count += at + 1 - keep;
        }

        _labels[at] = new Label(devices, level, step);
        // The last but one goes: the ends, fewest devices and least depth, stay.
        if (Count > Most)
        {
            _labels[Count - 2] = _labels[Count - 1];
            Count--;
        }
    }

    public void Clear() => Count = 0;
}
