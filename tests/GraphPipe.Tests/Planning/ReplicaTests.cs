using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>Where replicas are put, and that the search finds what only replicas can do.</summary>
public sealed class ReplicaTests
{
    [Theory]
    [InlineData(new[] { 1, 1, 1, 1, 1, 1, 1, 1 }, new[] { 0, 0, 0, 0, 1, 1, 1, 1 })]
    [InlineData(new[] { 1, 4, 1, 1, 1 }, new[] { 1, 0, 1, 1, 1 })]
    [InlineData(new[] { 1, 2, 2, 1, 2 }, new[] { 1, 0, 0, 1, 1 })]
    public void Replicas_of_a_stage_share_a_node(int[] replicas, int[] nodes)
    {
        var topology = Topology.Of(DeviceModel.V100, 8, 4);
        var devices = new DeviceArrangement(topology).Of(replicas);
        Assert.Equal(replicas, devices.Select(d => d.Length));
        Assert.Equal(devices.Sum(d => d.Length), devices.SelectMany(d => d).Distinct().Count());
        Assert.Equal(nodes, devices.Select(d => Assert.Single(d.Select(x => topology[x].Node).Distinct())));
    }

    [Fact]
    public void More_than_a_node_has_takes_the_fewest_nodes()
    {
        var topology = Topology.Of(DeviceModel.V100, 12, 4);
        var devices = new DeviceArrangement(topology).Of([2, 8, 2]);
        Assert.Equal(2, devices[1].Select(d => topology[d].Node).Distinct().Count());
    }

    /// <summary>One operator takes ten times as long as each of ten others: only several devices for it bring the slowest stage below its time.</summary>
    [Theory]
    [InlineData("graphpipe")]
    [InlineData("best")]
    public void A_node_that_is_too_slow_alone_is_shared_out_within_a_node(string partitioner)
    {
        var nodes = Enumerable.Range(0, 11).Select(i => CostGraphs.Node(i, $"n{i}", i == 5 ? 1000 : 100, 10, 1 << 20)).ToList();
        var graph = CostGraphs.Build(nodes, Enumerable.Range(0, 10).Select(i => (i, i + 1)));
        var request = CostGraphs.Request(graph, 8, 64, 4) with { Stages = null, MaxReplicas = 4, Topology = Topology.Of(DeviceModel.V100, 8, 4) };
        var plan = CostGraphs.Plan(partitioner, request);
        var slow = Assert.Single(plan.Stages, s => s.Nodes.Contains(5));
        Assert.Equal(4, slow.Devices.Length);
        Assert.Single(slow.Devices.Select(d => request.Topology.Devices.Single(t => t.Name == d).Node).Distinct());
        Assert.Empty(Objective.Validate(request, plan));
    }

    [Fact]
    public void Alike_towers_get_alike_replicas_where_that_is_shallower()
    {
        var request = CostGraphs.Request(CostGraphs.Towers(4, 8), 16, 64, 8) with { Stages = null, MaxReplicas = 4, Topology = Topology.Of(DeviceModel.V100, 16, 4) };
        var shared = CostGraphs.Plan("graphpipe", request);
        var alone = CostGraphs.Plan("graphpipe", request with { MaxReplicas = 1 });
        Assert.Contains(shared.Stages, s => s.Devices.Length > 1);
        Assert.True(StageGraph.Of(shared).Depth() < StageGraph.Of(alone).Depth());
        Assert.True(shared.Iteration < alone.Iteration);
    }
}
