using System.Globalization;
using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning.Peers;
using Xunit;

namespace GraphPipe.Tests.Planning.Peers;

public class PiperOptimizerTests
{
    [Fact]
    public void The_model_is_what_the_paper_says()
    {
        // By hand: the second stage has one replica, the first two of one micro-batch each.
        var input = PiperInputs.Read(PiperInputs.Pair);
        var stages = PiperModel.Evaluate(input, PiperOptions.Of(input), [new([0], 2, 1, []), new([1], 1, 1, [])]);
        Assert.Equal((4.0 / 2) + (((2.0 * 50 / 2) + (4.0 * 1 / 2 * 10 / 8)) / 100), stages[0].Time, 1e-12);
        Assert.Equal(3 + (2.0 * 50 / 100), stages[1].Time, 1e-12);
        Assert.Equal([2L, 1L], stages.Select(s => s.InFlight));
        Assert.Equal([(5.0 * 2) + 20, 6 + 80], stages.Select(s => s.MemoryBytes));
        // Tensor parallelism adds to the edge on its side.
        var split = PiperModel.Evaluate(input, PiperOptions.Of(input), [new([0], 1, 2, []), new([1], 1, 1, [])]);
        Assert.Equal(2.5 + (2.0 * (50 + 30) / 100), split[0].Time, 1e-12);
    }

    [Theory]
    [InlineData(PiperRecompute.Off)]
    [InlineData(PiperRecompute.Forced)]
    [InlineData(PiperRecompute.PerStage)]
    [InlineData(PiperRecompute.PerNode)]
    public void The_optimum_is_that_of_all_sequences(PiperRecompute recompute) =>
        Gen.Select(PiperInputs.Random, Gen.Int[1, 4], Gen.Int[20, 300], Gen.Int[1, 6], Gen.Bool, Gen.Bool).Sample(
            (input, devices, memory, microBatches, tensor, data) =>
            {
                var options = new PiperOptions(devices, memory, 10, microBatches, tensor, data, recompute);
                var diagnostics = new DiagnosticBag();
                var plan = PiperOptimizer.Solve(input, options, diagnostics);
                Assert.Empty(diagnostics.All);
                double best = PiperBruteForce.Best(input, options);
                Assert.Equal(double.IsFinite(best), plan!.IsFeasible);
                if (plan.IsFeasible)
                    Assert.Equal(best, plan.Objective, 1e-9 * best);
                Assert.All(plan.Stages, s => Assert.True(s.MemoryBytes <= memory));
                Assert.True(plan.Stages.Sum(s => s.DataDegree * s.TensorDegree) <= devices);
                Assert.Equal(plan.IsFeasible ? input.Nodes.Select(n => n.Id) : [], plan.Stages.SelectMany(s => s.Nodes).Order());
            },
            iter: 400);

    [Fact]
    public void More_down_sets_than_its_cap_are_refused()
    {
        // Sixteen towers of one node before a join: two to the sixteenth sets.
        var input = PiperInputs.Read(Fan(16));
        var diagnostics = new DiagnosticBag();
        Assert.Null(PiperOptimizer.Solve(input, PiperOptions.Of(input), diagnostics));
        Assert.Equal([Codes.PlanInfeasible], diagnostics.All.Select(d => d.Code));
        Assert.Contains("40000 down-sets", diagnostics.All[0].Message);
        Assert.True(PiperOptimizer.Solve(PiperInputs.Read(Fan(12)), PiperOptions.Of(input), diagnostics)!.IsFeasible);
    }

    [Fact]
    public void Nodes_without_time_have_a_plan_too()
    {
        var input = PiperInputs.Read(Fan(2).Replace("\"timePerSample\": 1", "\"timePerSample\": 0").Replace("\"communicationCost\": 1", "\"communicationCost\": 0"));
        var plan = PiperOptimizer.Solve(input, PiperOptions.Of(input), new DiagnosticBag());
        Assert.True(plan!.IsFeasible);
        Assert.Equal(0, plan.Objective);
    }

    private static string Fan(int width)
    {
        string nodes = string.Join(',', Enumerable.Range(0, width + 1).Select(i => string.Create(CultureInfo.InvariantCulture,
            $$"""{ "id": {{i}}, "name": "n", "TMPCs": { "1": [ { "id": "vanilla", "timePerSample": 1, "parameterSize": 1, "memoryUsageA": 1, "memoryUsageB": 1 } ] } }""")));
        string edges = string.Join(',', Enumerable.Range(0, width).Select(i => string.Create(CultureInfo.InvariantCulture, $$"""{ "sourceId": {{i}}, "destId": {{width}}, "communicationCost": 1 }""")));
        return $$"""{ "maxMemoryPerDevice": 1000, "maxDevices": 2, "bandwidth": 100, "mbsInBatch": 4, "nodes": [{{nodes}}], "edges": [{{edges}}] }""";
    }
}
