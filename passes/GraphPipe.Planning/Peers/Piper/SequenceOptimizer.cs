using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning.Peers;

/// <summary>
/// The best sequence of stages, exact but for the choice of recomputed nodes. Runs <see cref="SequenceSearch"/> with rising targets, close to
/// what the work divided by the devices allows at first, where hardly any states remain; when that does not succeed soon, any plan that fits
/// memory bounds the target from above.
/// </summary>
internal sealed class SequenceOptimizer
{
    /// <summary>Where Piper gives up ("too many ideals").</summary>
    public const int MaxDownSets = 40_000;

    private const double FirstSlack = 0.02;
    private const double LargestGuess = 0.4;

    private readonly SequenceSums _sums;
    private readonly StageMemory _memory;
    private readonly LargerSets _larger;

    public SequenceOptimizer(SequenceProblem problem, DownSets sets)
    {
        _sums = new SequenceSums(problem, sets);
        _memory = new StageMemory(_sums);
        _larger = new LargerSets(_sums, _memory);
    }

    /// <summary>Pairs of down-sets whose stage was measured.</summary>
    public long States { get; private set; }

    /// <summary>Whether it gave up, for the table would have been too large.</summary>
    public bool IsTooLarge { get; private set; }

    /// <returns>Null with GP3002 if there are too many.</returns>
    public static DownSets? Enumerate(SequenceProblem problem, int maxDownSets, DiagnosticBag diagnostics)
    {
        var sets = DownSets.Enumerate(problem.Nodes, problem.Edges, maxDownSets);
        if (sets is null)
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.PlanInfeasible,
                string.Create(CultureInfo.InvariantCulture, $"the graph has more than {maxDownSets} down-sets (sets of nodes closed under successors); Piper gives up there"),
                advice: "parallel branches multiply them: choose another partitioner, graphpipe for instance"));
        }

        return sets;
    }

    /// <returns>The stages from the first to the last; null if none fit memory, or with GP3002 if the table would be too large.</returns>
    public List<SequenceStage>? Solve(DiagnosticBag diagnostics)
    {
        if (_sums.Problem.Modes.Length == 0)
            return null;
        var search = new SequenceSearch(_sums, _memory, _larger);
        List<SequenceStage>? found = null;
        for (double slack = FirstSlack; slack <= LargestGuess && found is null && !search.IsTooLarge && search.LeastTime > 0; slack *= 2)
            found = search.Run(search.LeastTime * (1 + slack));
        if (found is null && !search.IsTooLarge)
        {
            var feasibility = new SequenceFeasibility(_sums, _memory, _larger);
            var some = feasibility.Find();
            States += feasibility.States;
            if (some is not null)
            {
                double most = some.Max(TimeOf);
                for (double slack = 2 * LargestGuess; found is null && !search.IsTooLarge && search.LeastTime * (1 + slack) < most && search.LeastTime > 0; slack *= 2)
                    found = search.Run(search.LeastTime * (1 + slack));
                // Sums in another order could hide the plan itself by a hair.
                found ??= search.Run(most * (1 + 1e-6)) ?? (search.IsTooLarge ? null : some);
            }
        }

        States += search.States;
        IsTooLarge = search.IsTooLarge;
        if (IsTooLarge)
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.PlanInfeasible,
                string.Create(CultureInfo.InvariantCulture, $"Piper's table over {_sums.Sets.Count} down-sets and {_sums.Problem.Devices} devices would have more than {SequenceSearch.MaxPlaces} entries"),
                advice: "plan for fewer devices, or choose another partitioner, graphpipe for instance"));
        }

        return found;
    }

    public ImmutableArray<int> NodesOf(SequenceStage stage) => _sums.Sets.Difference(stage.Larger, stage.Smaller);

    public ImmutableArray<int> RecomputedOf(SequenceStage stage) => _memory.Recomputed(stage.Mode.Costs, InFlight(stage), stage.Smaller, stage.Larger);

    private static int InFlight(SequenceStage stage) => (stage.Count + stage.Mode.Divisor - 1) / stage.Mode.Divisor;

    private double TimeOf(SequenceStage stage)
    {
        var (problem, sets, c) = (_sums.Problem, _sums.Sets, stage.Mode.Costs);
        double external = 0;
        for (int e = 0; e < problem.Edges.Length; e++)
        {
            var (from, to) = problem.Edges[e];
            bool sends = Contains(from), receives = Contains(to);
            external += sends && !receives ? problem.Costs[c].Outgoing[e] : receives && !sends ? problem.Costs[c].Incoming[e] : 0;
        }

        double recompute = _memory.ExtraTime(c, InFlight(stage), stage.Smaller, stage.Larger);
        double above = _sums.Time[c][stage.Larger] - _sums.Time[c][stage.Smaller] - (_sums.LeastTime[c][stage.Larger] - _sums.LeastTime[c][stage.Smaller]);
        return _sums.LeastStageTime(stage.Mode, stage.Smaller, stage.Larger, external) + (above + recompute) / stage.Mode.Replicas;
        bool Contains(int node) => sets.Contains(stage.Larger, node) && !sets.Contains(stage.Smaller, node);
    }
}
