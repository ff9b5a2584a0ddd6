namespace GraphPipe.Planning.Peers;

/// <summary>
/// Finds some sequence that fits memory, or proves that there is none. Time does not matter here, and with it vanishes the choice: what fits
/// with more in flight fits with less, so that per set and number of devices only the least count behind it is of interest.
/// </summary>
internal sealed class SequenceFeasibility(SequenceSums sums, StageMemory memory, LargerSets larger)
{
    private readonly SequenceProblem _problem = sums.Problem;

    /// <summary>Sets and modes of which a plan was tried.</summary>
    public long States { get; private set; }

    /// <returns>The stages from the first to the last; null if no sequence fits.</returns>
    public List<SequenceStage>? Find()
    {
        // With one axis the count says the devices too: one entry per set.
        bool oneAxis = _problem.IsCountDevices && _problem.ExactDevices is null;
        int width = oneAxis ? 1 : _problem.Devices + 1, sets = sums.Sets.Count;
        var least = new int[sets * width];
        var stages = new SequenceStage[sets * width];
        Array.Fill(least, int.MaxValue);
        least[0] = 0;
        for (int smaller = 0; smaller < sets - 1; smaller++)
        {
            int first = 0;
            while (first < width && least[smaller * width + first] == int.MaxValue)
                first++;
            if (first == width)
                continue;
            foreach (int set in larger.Walk(smaller, double.PositiveInfinity))
                Extend(smaller, set);
            Extend(smaller, sums.Whole);
        }

        int end = oneAxis ? 0 : _problem.ExactDevices ?? Enumerable.Range(0, width).FirstOrDefault(k => least[sums.Whole * width + k] < int.MaxValue);
        if (least[sums.Whole * width + end] == int.MaxValue)
            return null;
        var found = new List<SequenceStage>();
        for (int set = sums.Whole, k = end; set > 0;)
        {
            var stage = stages[set * width + k];
            found.Add(stage);
            (set, k) = (stage.Smaller, oneAxis ? 0 : k - stage.Mode.Devices);
        }

        return found;

        void Extend(int smaller, int set)
        {
            States++;
            foreach (var mode in _problem.Modes)
            {
                if (sums.Missing[mode.Costs][set] - sums.Missing[mode.Costs][smaller] > 0.5)
                    continue;
                for (int k = 0; k < width; k++)
                {
                    int before = least[smaller * width + k], to = oneAxis ? 0 : k + mode.Devices;
                    if (before == int.MaxValue || to >= width)
                        continue;
                    int count = before + mode.Steps, place = set * width + to;
                    if (count > _problem.MaxCount || count >= least[place]
                        || !memory.Fits(mode.Costs, (count + mode.Divisor - 1) / mode.Divisor, smaller, set))
                    {
                        continue;
                    }

                    least[place] = count;
                    stages[place] = new SequenceStage(set, smaller, mode, count);
                }
            }
        }
    }
}
