using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

public class CostGraphTests
{
    [Theory]
    [InlineData("10@1", 4, 40)]
    [InlineData("10@2", 1, 5)]
    [InlineData("10@1,18@2,30@4", 3, 24)]
    [InlineData("10@1,18@2,30@4", 8, 54)]
    [InlineData("10@2,20@4", 1, 5)]
    [InlineData("10@2,40@4", 1, 0)]
    public void Times_between_and_beyond_the_given_sizes(string table, long samples, double expected)
    {
        var points = table.Split(',').Select(p => p.Split('@')).Select(p => new TimePoint(long.Parse(p[1]), new(double.Parse(p[0]))));
        Assert.Equal(expected, new TimeTable(points).At(samples).Value, 1e-9);
    }

    [Fact]
    public void The_document_of_the_format_is_read()
    {
        var diagnostics = new DiagnosticBag();
        var graph = CostGraphJson.Read(
            """
            { "format": "graphpipe-costgraph", "version": 1, "time_unit": "ms",
              "nodes": [ { "id": 5, "name": "embed", "forward": {"1": 10.0, "2": 18.5}, "backward": 0,
                           "backward_weight": {"1": 9.0}, "saved_bytes_per_sample": 4096, "parameter_bytes": 1048576.0,
                           "frozen_bytes": 7, "shared_parameters": {"w": 8}, "workspace_bytes": 3 },
                         { "id": 9, "name": "head", "forward": {"1": 1}, "backward": {"1": 2} },
                         { "id": 10, "name": "tail", "forward": {"1": 1}, "backward": {"1": 2} } ],
              "edges": [ { "from": 5, "to": 9, "bytes_per_sample": 16, "value": "x" }, { "from": 5, "to": 10, "bytes_per_sample": 16, "value": "x" },
                         { "from": 9, "to": 10, "bytes_per_sample": 4 } ] }
            """,
            "costs.json",
            diagnostics);
        Assert.Empty(diagnostics.All);
        Assert.Equal(18_500, graph!.Nodes[0].Forward.At(2).Value);
        Assert.Equal(0, graph.Nodes[0].Backward.At(2).Value);
        Assert.Equal(2, graph.Values.Length);
        Assert.Equal(2, graph.Values[0].Consumers.Length);
        Assert.Equal(new Bytes(1048576), graph.Nodes[0].ParameterBytes);
        string text = CostGraphJson.Write(graph);
        Assert.Equal(text, CostGraphJson.Write(CostGraphJson.Read(text, "again", diagnostics)!));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"format":"graphpipe-plan"}""")]
    [InlineData("""{"format":"graphpipe-costgraph","version":2,"nodes":[],"edges":[]}""")]
    [InlineData("""{"format":"graphpipe-costgraph","nodes":[],"edges":[]}""")]
    [InlineData("""{"format":"graphpipe-costgraph","nodes":[{"name":"a","forward":{"1":-1},"backward":{"x":1}}],"edges":[]}""")]
    [InlineData("""{"format":"graphpipe-costgraph","nodes":[{"name":"a","forward":{"1":1}}],"edges":[]}""")]
    [InlineData("""{"format":"graphpipe-costgraph","nodes":[{"name":"a","forward":{"1":1},"backward":{"1":1}}],"edges":[{"from":0,"to":7,"bytes_per_sample":1}]}""")]
    [InlineData("""{"format":"graphpipe-costgraph","nodes":[{"name":"a","forward":{"1":1},"backward":{"1":1}}],"edges":[{"from":0,"to":0,"bytes_per_sample":1}]}""")]
    [InlineData("""{"format":"graphpipe-costgraph","nodes":[3,{"id":0,"forward":3,"backward":{},"parameter_bytes":-1,"shared_parameters":[]}],"edges":7}""")]
    public void Bad_documents_are_told(string json)
    {
        var diagnostics = new DiagnosticBag();
        Assert.Null(CostGraphJson.Read(json, "costs.json", diagnostics));
        Assert.NotEmpty(diagnostics.All);
        Assert.All(diagnostics.All, d => Assert.Equal(Codes.CostGraphMalformed, d.Code));
    }

    [Fact]
    public void A_cycle_is_told()
    {
        var diagnostics = new DiagnosticBag();
        CostNode[] nodes = [CostGraphs.Node(0, "a", 1), CostGraphs.Node(1, "b", 1)];
        Assert.Null(CostGraph.Create([.. nodes], [new(new(0), new(1), new(1), 0), new(new(1), new(0), new(1), 1)], diagnostics));
        Assert.Contains("cycle", diagnostics.All.Single().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Devices_are_spelled_and_read()
    {
        var diagnostics = new DiagnosticBag();
        var modelled = Topology.Parse("8xv100@4", diagnostics)!;
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1], modelled.Devices.Select(d => d.Node));
        Assert.Equal(modelled.InterNode, modelled.Between(new(3), new(4)));
        Assert.Equal(["cpu:0", "cpu:1"], Topology.Parse("cpu:2", diagnostics)!.Devices.Select(d => d.Name));
        var read = Topology.ReadJson(
            """
            { "format": "graphpipe-topology", "version": 1,
              "devices": [ { "name": "d0", "kind": "v100", "node": 0, "memory_bytes": 17179869184, "speed": 0.5 } ],
              "links": { "intra_node": { "bytes_per_us": 150000, "latency_us": 5 }, "inter_node": { "bytes_per_us": 12000, "latency_us": 10 } } }
            """,
            "cluster.json",
            diagnostics);
        Assert.Equal(0.5, read!.Devices[0].Speed);
        Assert.Equal(new Link(12000, new(10)), read.InterNode);
        Assert.Empty(diagnostics.All);
        Assert.Null(Topology.Parse("8xfoo", diagnostics));
        Assert.Null(Topology.Parse("8xv100@0", diagnostics));
        Assert.Null(Topology.Parse("tpu", diagnostics));
        Assert.All(diagnostics.All, d => Assert.Equal(Codes.DevicesUnreadable, d.Code));
        foreach (string devices in new[] { """{"speed":0}""", "" })
        {
            var faults = new DiagnosticBag();
            Assert.Null(Topology.ReadJson($$"""{"format":"graphpipe-topology","devices":[{{devices}}]}""", "x", faults));
            Assert.NotEmpty(faults.All);
            Assert.All(faults.All, d => Assert.Equal(Codes.TopologyMalformed, d.Code));
        }
    }

    [Fact]
    public void Modelled_time_grows_with_the_work_and_approaches_the_peak() =>
        Gen.Select(Gen.Int[0, DeviceModel.All.Length - 1], Gen.Double[0, 12], Gen.Double[0, 3]).Sample((model, log, more) =>
        {
            var device = DeviceModel.All[model];
            double flops = Math.Pow(10, log);
            Assert.True(device.Time(flops, 0) <= device.Time(flops * (1 + more), 0));
            Assert.True(device.Time(flops, 0).Value >= flops / device.PeakFlops);
            Assert.True(device.Time(1e16, 0).Value < 1.05e16 / (device.PeakFlops * device.Efficiency));
        });
}
