using System.Collections.Immutable;
using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning.Peers;
using Xunit;

namespace GraphPipe.Tests.Planning.Peers;

public class PipeDreamOptimizerTests
{
    [Fact]
    public void Inputs_and_unused_items_are_left_out()
    {
        var pruned = PipeDreamProfiles.Read(PipeDreamProfiles.Diamond).Prune();
        Assert.Equal(["node1", "node2", "node3", "node4", "node5"], pruned.Nodes.Select(n => n.Id));
        Assert.Equal([(0, 1), (0, 2), (2, 3), (1, 4), (3, 4)], pruned.Edges);
        Assert.Equal(12.5, pruned.Nodes[1].ActivationBytes);
    }

    [Fact]
    public void A_fork_counts_until_its_branches_join()
    {
        // States: 1; 2; 3; 4; 2 and 3; 2 and 4; 5. One device does 18 ms.
        var plan = Solve(PipeDreamProfiles.Read(PipeDreamProfiles.Diamond), new PipeDreamOptions([new(1, 1e9)]));
        Assert.Equal(7, plan.StateCount);
        Assert.Equal(0.018, plan.Objective, 1e-12);
        // On two devices 1, 3 | 2, 4, 5 would be even.
        var even = new PipeDreamOptions([new(2, 10_000)]) { Straight = true };
        Assert.Equal(0.009, Solve(PipeDreamProfiles.Read(PipeDreamProfiles.Diamond), even).Objective, 1e-12);
        // Transfers of the cut {1, 3}: 2 · (10 + 30) / 10,000 / 0.5 = 16 ms; 12 without the fork. The cut {1, 2} takes 9 ms, and 13 ms of compute behind it.
        Assert.Equal(0.013, Solve(PipeDreamProfiles.Read(PipeDreamProfiles.Diamond), even with { ActivationRatio = 0.5 }).Objective, 1e-12);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void The_optimum_is_that_of_all_plans(bool straight, bool fewer) =>
        Gen.Select(PipeDreamProfiles.RandomChain, Gen.Int[1, 5], Gen.Int[1, 10], Gen.Int[0, 2], Gen.Int[0, 2]).Sample(
            (profile, machines, bandwidth, ratio, memory) =>
            {
                var options = new PipeDreamOptions([new(machines, bandwidth)])
                {
                    Straight = straight,
                    UseFewerMachines = fewer,
                    ActivationRatio = ratio == 0 ? null : ratio,
                    Memory = memory == 0 ? null : 40 * memory,
                };
                Compare(profile, options);
            },
            iter: 500);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Levels_use_the_optimum_of_the_level_below(bool straight) =>
        Gen.Select(PipeDreamProfiles.RandomChain, Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 2], Gen.Bool).Sample(
            (profile, inner, outer, third, transfers) => Compare(profile, new PipeDreamOptions(third == 1 ? [new(inner, 20), new(outer, 5)] : [new(inner, 20), new(outer, 5), new(2, 2)])
            {
                Straight = straight,
                ActivationRatio = transfers ? 1 : null,
            }),
            iter: 300);

    [Fact]
    public void Inner_stages_divide_those_of_the_outer_level()
    {
        var profile = new PipeDreamProfile([.. Enumerable.Range(0, 8).Select(i => new PipeDreamNode($"node{i}", "Linear", 500, 500, 1, 1e6))], [.. Enumerable.Range(0, 7).Select(i => (i, i + 1))]);
        var plan = Solve(profile, new PipeDreamOptions([new(2, 1e9), new(2, 1e3)]));
        Assert.Equal(2, plan.Objective, 1e-9);
        Assert.Equal(2, plan.Stages.Length);
        Assert.All(plan.Stages, s => Assert.Equal(s.Nodes, s.Inner.SelectMany(i => i.Nodes)));
        Assert.Equal(profile.Nodes.Select(n => n.Id), plan.Stages.SelectMany(s => s.Nodes));
    }

    [Fact]
    public void Too_many_antichains_are_refused()
    {
        var nodes = Enumerable.Range(0, 32).Select(i => new PipeDreamNode($"node{i}", "Linear", 1, 1, 1, 1)).ToImmutableArray();
        var diagnostics = new DiagnosticBag();
        Assert.Null(PipeDreamOptimizer.Solve(new PipeDreamProfile(nodes, [.. Enumerable.Range(1, 30).SelectMany(i => new[] { (0, i), (i, 31) })]), new PipeDreamOptions([new(4, 1e9)]), diagnostics));
        Assert.Equal([Codes.PlanInfeasible], diagnostics.All.Select(d => d.Code));
    }

    private static void Compare(PipeDreamProfile profile, PipeDreamOptions options)
    {
        double best = PipeDreamBruteForce.Best(profile, options);
        var plan = Solve(profile, options);
        Assert.Equal(double.IsFinite(best), plan.IsFeasible);
        if (plan.IsFeasible)
            Assert.Equal(best, plan.Objective, 1e-9 * Math.Max(1, best));
        Assert.Equal(plan.IsFeasible ? profile.Nodes.Select(n => n.Id) : [], plan.Stages.SelectMany(s => s.Nodes));
    }

    private static PipeDreamPlan Solve(PipeDreamProfile profile, PipeDreamOptions options)
    {
        var diagnostics = new DiagnosticBag();
        var plan = PipeDreamOptimizer.Solve(profile, options, diagnostics);
        Assert.Empty(diagnostics.All);
        return plan!;
    }
}
