using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning.Peers;

public class PeerPartitionerTests
{
    [Theory]
    [InlineData("piper")]
    [InlineData("pipedream")]
    public void A_chain_is_cut_evenly_and_runs_as_a_sequence(string partitioner)
    {
        var plan = CostGraphs.Plan(partitioner, CostGraphs.Request(CostGraphs.Chain(12), 4));
        Assert.All(plan.Stages, s => Assert.Equal(3, s.Nodes.Length));
        Assert.Equal(PipelineKind.Sequential, plan.Pipeline);
        Assert.Equal(partitioner, plan.Partitioner);
        Assert.True(plan.Search.States > 0);
    }

    [Theory]
    [InlineData("piper")]
    [InlineData("pipedream")]
    public void Replicas_are_used_where_they_are_allowed(string partitioner)
    {
        // One node is as long as all others: 4 replicas for it and one each for two halves of the rest would be best of 6.
        var nodes = Enumerable.Range(0, 5).Select(i => CostGraphs.Node(i, $"n{i}", i == 2 ? 400 : 50)).ToList();
        var request = CostGraphs.Request(CostGraphs.Build(nodes, Enumerable.Range(0, 4).Select(i => (i, i + 1))), 6, 64, 8) with { Stages = null, MaxReplicas = 4 };
        var plan = CostGraphs.Plan(partitioner, request);
        Assert.Empty(Objective.Validate(request, plan));
        Assert.Equal([1, 4, 1], plan.Stages.Select(s => s.Devices.Length));
        Assert.All(CostGraphs.Plan(partitioner, request with { MaxReplicas = 1 }).Stages, s => Assert.Single(s.Devices));
        Assert.All(CostGraphs.Plan(partitioner, request with { MaxReplicas = 2 }).Stages, s => Assert.InRange(s.Devices.Length, 1, 2));
    }

    [Theory]
    [InlineData("piper", "1f1b")]
    [InlineData("piper", "gpipe")]
    [InlineData("pipedream", "1f1b")]
    [InlineData("pipedream", "gpipe")]
    public void Plans_are_valid_whatever_is_asked(string partitioner, string schedule) =>
        Gen.Select(CostGraphs.Random, Gen.Int[1, 9], Gen.Int[1, 4], Gen.Int[0, 3], Gen.Enum<RecomputeChoice>(), Gen.Bool).Sample((graph, devices, replicas, memory, recompute, shard) =>
        {
            var request = CostGraphs.Request(graph, devices) with
            {
                Topology = Topology.Of(DeviceModel.V100, devices, 3),
                Stages = null,
                MicroBatch = MicroBatchChoice.Automatic,
                MaxReplicas = replicas,
                Schedule = schedule,
                Recompute = recompute,
                ShardOptimizer = shard,
                OptimizerState = 4,
                MemoryLimit = memory == 0 ? null : new Bytes(1000 * memory),
            };
            var diagnostics = new DiagnosticBag();
            var plan = PartitionerTable.Find(partitioner, diagnostics)!.Partition(request, diagnostics);
            if (plan is null)
            {
                Assert.NotEmpty(diagnostics.All);
                Assert.All(diagnostics.All, d => Assert.Contains(d.Code, new[] { Codes.PlanOverMemory, Codes.PlanInfeasible }));
                return;
            }

            Assert.Empty(Objective.Validate(request, plan));
            Assert.All(plan.Stages, s => Assert.InRange(s.Devices.Length, 1, replicas));
        }, iter: 200);

    [Fact]
    public void Memory_decides_where_it_is_short()
    {
        // As for graphpipe: 4 nodes · 2 · 10,000 bytes must go on several devices.
        var nodes = Enumerable.Range(0, 8).Select(i => CostGraphs.Node(i, $"n{i}", 10, i < 4 ? 10_000 : 100)).ToList();
        var request = CostGraphs.Request(CostGraphs.Build(nodes, Enumerable.Range(0, 7).Select(i => (i, i + 1))), 4) with { MemoryLimit = new(25_000), Stages = null, Topology = Topology.Of(DeviceModel.V100, 6, 6) };
        foreach (string partitioner in new[] { "piper", "pipedream" })
            Assert.All(CostGraphs.Plan(partitioner, request).Stages, s => Assert.True(s.Memory.Value <= 25_000));
    }

    [Fact]
    public void A_sequence_is_no_faster_than_Pipers_below_its_cap() =>
        Gen.Select(CostGraphs.Random, Gen.Int[1, 4]).Sample((graph, devices) =>
        {
            var request = CostGraphs.Request(graph, Math.Min(devices, graph.Nodes.Length)) with { Objective = PlanObjective.Tps };
            double piper = CostGraphs.Plan("piper", request).MaxTps.Value;
            // Piper adds transfers to compute, the objective takes the larger: links are fast here.
            foreach (string other in new[] { "uniform", "graphpipe", "pipedream" })
                Assert.True(piper <= CostGraphs.Plan(other, request).MaxTps.Value * 1.0001, other);
        }, iter: 200);

    [Fact]
    public void Piper_gives_up_on_many_towers_and_PipeDream_takes_one_order()
    {
        var request = CostGraphs.Request(CostGraphs.Towers(4, 3), 8) with { Stages = null };
        var diagnostics = new DiagnosticBag();
        Assert.Null(PartitionerTable.Find("piper", diagnostics)!.Partition(request, diagnostics));
        Assert.Equal([Codes.PlanInfeasible], diagnostics.All.Select(d => d.Code));
        Assert.Empty(Objective.Validate(request, CostGraphs.Plan("pipedream", request)));
    }

    [Fact]
    public void Nodes_of_devices_are_levels()
    {
        // Slow links between nodes: replicas stay inside one.
        var request = CostGraphs.Request(CostGraphs.Chain(16), 8, 64, 8) with
        {
            Topology = Topology.Of(DeviceModel.V100, 8, 4) with { InterNode = new Link(1, default) },
            Stages = null,
            MaxReplicas = 8,
        };
        var plan = CostGraphs.Plan("pipedream", request);
        Assert.Empty(Objective.Validate(request, plan));
        Assert.All(plan.Stages, s => Assert.Single(s.Devices.Select(d => d is "d0" or "d1" or "d2" or "d3").Distinct()));
    }
}
