namespace GraphPipe.Planning;

/// <summary>Gives stages micro-batch sizes of their own: doubles and halves one at a time while the objective falls.</summary>
internal static class MicroBatchDescent
{
    private const int MaxRounds = 16;

    public static void Improve(PartitionRequest request, PlanCandidates candidates)
    {
        var position = request.Graph.Nodes.Select((n, i) => (n.Id, i)).ToDictionary(p => p.Id, p => p.i);
        for (int round = 0; round < MaxRounds && candidates.Best is { } best; round++)
        {
            StageSet[] sets = [.. best.Stages.Select(s => new StageSet([.. s.Nodes.Select(n => position[n])], s.Devices.Length, s.MicroBatch))];
            for (int s = 0; s < sets.Length; s++)
            {
                var set = sets[s];
                foreach (long size in new[] { set.MicroBatch * 2, set.MicroBatch / 2 })
                {
                    if (size < set.Replicas || size % set.Replicas != 0 || request.MiniBatch % size != 0)
                        continue;
                    sets[s] = set with { MicroBatch = size };
                    candidates.Add(sets);
                }

                sets[s] = set;
            }

            if (ReferenceEquals(best, candidates.Best))
                return;
        }
    }
}
