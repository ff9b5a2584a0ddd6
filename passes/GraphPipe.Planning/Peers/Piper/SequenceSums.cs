namespace GraphPipe.Planning.Peers;

/// <summary>Sums over every down-set, so that a stage's figures are differences of two of them.</summary>
internal sealed class SequenceSums
{
    public SequenceSums(SequenceProblem problem, DownSets sets)
    {
        Problem = problem;
        Sets = sets;
        int count = problem.Costs.Length;
        (Time, LeastTime, ParameterBytes, Missing, Cut) = (new double[count][], new double[count][], new double[count][], new double[count][], new double[count][]);
        for (int c = 0; c < count; c++)
        {
            var costs = problem.Costs[c];
            Time[c] = sets.Sum(costs.Time);
            ParameterBytes[c] = sets.Sum(costs.ParameterBytes);
            Missing[c] = sets.Sum(costs.Missing);
            Cut[c] = CutOf(costs);
            double[] least = new double[problem.Nodes];
            for (int v = 0; v < least.Length; v++)
                least[v] = LeastTimeOf(costs, v);
            LeastTime[c] = sets.Sum(least);
        }

        double[] work = new double[problem.Nodes];
        for (int v = 0; v < work.Length; v++)
            work[v] = WorkOf(v);
        Work = sets.Sum(work);
    }

    public SequenceProblem Problem { get; }

    public DownSets Sets { get; }

    /// <summary>By costs, then by set.</summary>
    public double[][] Time { get; }

    /// <summary>At most what any choice of recomputation takes.</summary>
    public double[][] LeastTime { get; }

    public double[][] ParameterBytes { get; }

    public double[][] Missing { get; }

    /// <summary>Bytes over the border of the set, at the price of the producers' side.</summary>
    public double[][] Cut { get; }

    /// <summary>Device time that a set needs at least, in any mode.</summary>
    public double[] Work { get; }

    public int Whole => Sets.Count - 1;

    /// <summary>Time of a stage whose compute, without that of recomputation, is the least possible.</summary>
    /// <param name="external">Bytes over the stage's borders.</param>
    /// <returns>Infinite if a node can't run in this mode.</returns>
    public double LeastStageTime(StageMode mode, int smaller, int larger, double external)
    {
        int c = mode.Costs;
        if (Missing[c][larger] - Missing[c][smaller] > 0.5)
            return double.PositiveInfinity;
        double d = mode.Replicas;
        return (LeastTime[c][larger] - LeastTime[c][smaller]) / d
            + (external / d + 4 * (d - 1) / d * (ParameterBytes[c][larger] - ParameterBytes[c][smaller]) / Problem.MicroBatches) / Problem.Bandwidth;
    }

    private double LeastTimeOf(NodeCosts costs, int node) =>
        Problem.Recompute == PiperRecompute.Off ? costs.Time[node] : Math.Min(costs.Time[node], costs.Time[node] + costs.ExtraTime[node]);

    private double WorkOf(int node)
    {
        double least = double.PositiveInfinity;
        foreach (var mode in Problem.Modes)
        {
            var costs = Problem.Costs[mode.Costs];
            if (costs.Missing[node] == 0)
                least = Math.Min(least, LeastTimeOf(costs, node) / mode.Replicas * mode.Devices);
        }

        // A node that can't run at all leaves nothing to bound.
        return double.IsFinite(least) ? least : 0;
    }

    private double[] CutOf(NodeCosts costs)
    {
        // Adding a node closes its edges into the set and opens those that reach it.
        var change = new double[Problem.Nodes];
        for (int e = 0; e < Problem.Edges.Length; e++)
        {
            change[Problem.Edges[e].To] += costs.Outgoing[e];
            change[Problem.Edges[e].From] -= costs.Outgoing[e];
        }

        return Sets.Sum(change);
    }
}
