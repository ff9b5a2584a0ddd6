using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning.Peers;

/// <summary>PipeDream's optimiser (<c>optimizer_graph_hierarchical.py</c>) on its own profiles and its own model of cost.</summary>
public static class PipeDreamOptimizer
{
    /// <summary>The original has no cap and no answer in such cases; its tables grow with the square of the states.</summary>
    public const int MaxStates = 20_000;

    /// <returns>
    /// The best plan, or one without stages if there is none; null with GP3002 in <paramref name="diagnostics"/> if the graph has more than
    /// <see cref="MaxStates"/> antichains.
    /// </returns>
    public static PipeDreamPlan? Solve(PipeDreamProfile profile, PipeDreamOptions options, DiagnosticBag diagnostics)
    {
        var watch = Stopwatch.StartNew();
        var pruned = profile.Prune();
        var states = Antichains.Enumerate(pruned, MaxStates);
        if (states is null)
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.PlanInfeasible,
                string.Create(CultureInfo.InvariantCulture, $"the graph has more than {MaxStates} antichains, the states of PipeDream's optimiser"),
                advice: "parallel branches multiply them: compress the profile's branches, or choose another partitioner, graphpipe for instance"));
            return null;
        }

        var levels = ToLevels(options);
        var solver = new HierarchicalSolver(states, levels);
        int machines = levels[^1].Machines;
        double best = solver.Best(machines);
        ImmutableArray<PipeDreamStage> stages = double.IsPositiveInfinity(best) ? [] : [.. solver.Stages(machines).Select(s => ToStage(solver.Outermost, s))];
        return new PipeDreamPlan(stages, best, states.Count, new PlanSearch(watch.Elapsed.TotalSeconds, solver.States));

        PipeDreamStage ToStage(int level, LevelStage stage) => new(
            stage.Replicas,
            stage.Start,
            stage.End,
            [.. states.Nodes(stage.Start, stage.End).Select(n => pruned.Nodes[n].Id)],
            level == 0 ? [] : [.. solver.Stages(level - 1, stage).Select(s => ToStage(level - 1, s))]);
    }

    private static List<LevelProblem> ToLevels(PipeDreamOptions options)
    {
        var levels = new List<LevelProblem>();
        foreach (var level in options.Levels)
        {
            levels.Add(new LevelProblem(
                level.Machines,
                level.Bandwidth,
                levels.Count > 0 ? levels[^1].Machines : 1,
                options.ActivationRatio,
                options.Straight ? [1] : [.. Enumerable.Range(1, level.Machines)],
                options.UseFewerMachines,
                options.Memory is { } memory ? new MemoryRule(memory, 0, false) : MemoryRule.None));
        }

        return levels;
    }
}
