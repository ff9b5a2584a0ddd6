using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>Stages that share devices: eight nodes of 30 µs a sample, 100 bytes of parameters and 10 bytes saved a sample.</summary>
public class PlacedPartitionTests
{
    private const string Loop = "0F0,2F0,0F1,2F1,2B0,2B1,0B0,0B1\n1F0,3F0,3B0,1F1,3F1,3B1,1B0,1B1\n";

    [Fact]
    public void A_device_counts_for_all_its_stages()
    {
        var request = Request(Loop);
        var plan = Find(request, "uniform");
        Assert.Equal(["d0", "d1", "d0", "d1"], plan.Stages.Select(s => s.Devices.Single()));
        Assert.All(plan.Stages, s => Assert.Equal(2, s.Nodes.Length));
        // Two nodes to a stage, two stages to a device: 120 µs a sample; links are no limit.
        Assert.All(plan.Stages, s => Assert.Equal(60, s.Tps.Value, 9));
        Assert.Equal(120, plan.MaxTps.Value, 9);
        // (B − b) · 120 + b · 4 · 60 with B = 4, b = 2.
        Assert.Equal((2 * 120) + (2 * 240), plan.Iteration.Value, 9);
        // Two copies of 200 bytes, and what is in flight of 20 bytes a sample: by the table 2, 2, 2 and 1 micro-batches of 2 samples.
        Assert.Equal([480, 480, 480, 440], plan.Stages.Select(s => s.Memory.Value));
        Assert.Equal(960, plan.DeviceMemory.Value);
        Assert.True(plan.HasSharedDevices);
        Assert.Empty(Objective.Validate(request, plan));
    }

    /// <summary>Two stages without an edge between them, on one device: the longest path has one of them, the device has both.</summary>
    [Fact]
    public void A_mini_batch_takes_no_less_than_its_busiest_device()
    {
        var graph = CostGraphs.Build([CostGraphs.Node(0, "a", 10), CostGraphs.Node(1, "b", 10)], []);
        var request = Request("0F0,1F0,1B0,0B0\n") with { Graph = graph, Topology = Topology.Parse("1xv100", new DiagnosticBag())! };
        var plan = Find(request, "uniform");
        Assert.Equal(60, plan.MaxTps.Value, 9);
        Assert.Equal(4 * 60, plan.Iteration.Value, 9);
    }

    [Fact]
    public void Memory_is_per_device()
    {
        Assert.NotNull(Find(Request(Loop) with { MemoryLimit = new Bytes(960) }, "uniform"));
        var bag = new DiagnosticBag();
        Assert.Null(PlacedPartition.Find(PartitionerTable.Find("uniform", bag)!, Request(Loop) with { MemoryLimit = new Bytes(959) }, bag));
        Assert.Equal([Codes.PlanOverMemory], bag.All.Select(d => d.Code));
        Assert.StartsWith("stage 0 'stage0' and stage 2 'stage2' need together 960 B", bag.All[0].Message);
    }

    [Fact]
    public void A_plan_elsewhere_than_its_schedule_is_refused()
    {
        var request = Request(Loop);
        var plan = Find(request, "uniform");
        var moved = plan with { Stages = [.. plan.Stages.Select((s, i) => s with { Devices = [i < 2 ? "d0" : "d1"] })] };
        Assert.NotEmpty(Objective.Validate(request, moved));
        Assert.Contains(Objective.Validate(request with { Schedule = "1f1b" }, plan with { Schedule = "1f1b" }), d => d.Message.Contains("2 stages are on device 'd0'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("best")]
    [InlineData("graphpipe")]
    [InlineData("uniform")]
    [InlineData("piper")]
    [InlineData("pipedream")]
    [InlineData("bapipe")]
    [InlineData("manual")]
    [InlineData("exhaustive")]
    public void Every_partitioner_cuts_for_it(string partitioner)
    {
        var request = Request(Loop) with { Cuts = partitioner == "manual" ? ["n1", "n3", "n5"] : [] };
        var plan = Find(request, partitioner);
        Assert.Equal(4, plan.Stages.Length);
        Assert.Equal(["d0", "d1", "d0", "d1"], plan.Stages.Select(s => s.Devices.Single()));
        Assert.Empty(Objective.Validate(request, plan));
        Assert.Equal(partitioner, plan.Partitioner);
    }

    [Fact]
    public void One_stage_per_device_still_says_what_it_needs()
    {
        var bag = new DiagnosticBag();
        Assert.Null(PlacedPartition.Find(PartitionerTable.Find("uniform", bag)!, Request(Loop) with { Schedule = "1f1b", Stages = 4 }, bag));
        Assert.Equal([Codes.StageCountImpossible], bag.All.Select(d => d.Code));
        Assert.Contains("a schedule with several stages per device", bag.All[0].Advice);
    }

    private static PartitionRequest Request(string table) => new()
    {
        Graph = CostGraphs.Chain(8),
        Topology = Topology.Parse("2xv100", new DiagnosticBag())!,
        MiniBatch = 4,
        Schedule = Tables.Choice(table),
    };

    private static PipelinePlan Find(PartitionRequest request, string partitioner)
    {
        var bag = new DiagnosticBag();
        var plan = PlacedPartition.Find(PartitionerTable.Find(partitioner, bag)!, request, bag);
        Assert.True(plan is not null, string.Join('\n', bag.All));
        return plan;
    }
}
