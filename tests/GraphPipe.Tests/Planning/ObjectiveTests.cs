using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

public class ObjectiveTests
{
    /// <summary>
    /// Three nodes a → b, a → c, b → c as three stages, by hand: B = 8, b = 2, links 1 byte/us. Per sample a: 1 + 2, b: 2 + 4, c: 3 + 6.
    /// </summary>
    private static PartitionRequest Three(string schedule = "1f1b") => new()
    {
        Graph = CostGraphs.Build([CostGraphs.Node(0, "a", 1), CostGraphs.Node(1, "b", 2, 50, 20), CostGraphs.Node(2, "c", 3)], [(0, 1), (0, 2), (1, 2)], bytes: 4),
        Topology = new([.. Enumerable.Range(0, 3).Select(i => new TopologyDevice($"d{i}", "v100", 0, new(1 << 20), 1))], new(1, default), new(1, default)),
        MiniBatch = 8,
        MicroBatch = MicroBatchChoice.Size(2),
        Stages = 3,
        Schedule = schedule,
        OptimizerState = 3,
        Cuts = ["a", "b"],
    };

    [Fact]
    public void Numbers_by_hand()
    {
        var plan = CostGraphs.Plan("manual", Three());
        // a sends its value to two stages, 8 bytes a sample; the gradients come back: 2 · 8 · 2 / 1 = 32 > 6 of compute.
        Assert.Equal(32 / 2.0, plan.Stages[0].Tps.Value);
        // b: in 4, out 4: 32 as well. c: in 4 + 4.
        Assert.Equal(32 / 2.0, plan.Stages[1].Tps.Value);
        Assert.Equal([6L, 4L, 2L], plan.Stages.Select(s => s.InFlight));
        Assert.Equal([300 + 6 * 10, 150 + 4 * 20, 300 + 2 * 10], plan.Stages.Select(s => s.Memory.Value));
        // (8 − 2) · 16 + 3 stages · 2 · 16.
        Assert.Equal(96 + 96, plan.Iteration.Value);
        Assert.Equal([(new StageId(0), new StageId(1)), (new(0), new(2)), (new(1), new(2))], plan.Edges);
    }

    [Fact]
    public void Gpipe_has_the_mini_batch_in_flight() =>
        Assert.Equal([8L, 8L, 8L], CostGraphs.Plan("manual", Three("gpipe")).Stages.Select(s => s.InFlight));

    [Fact]
    public void Compute_counts_where_links_are_fast_and_speed_divides_it()
    {
        var slow = Three();
        var request = slow with
        {
            Topology = slow.Topology with { IntraNode = new(1e6, default), Devices = [.. slow.Topology.Devices.Select(d => d with { Speed = 2 })] },
        };
        Assert.Equal([3 / 2.0, 6 / 2.0, 9 / 2.0], CostGraphs.Plan("manual", request).Stages.Select(s => s.Tps.Value));
    }

    [Fact]
    public void Replicas_share_samples_and_add_an_all_reduce()
    {
        var request = Three() with { ShardOptimizer = true };
        var stages = new[] { new StageChoice([new(0), new(1), new(2)], [new(0), new(1)], 2) };
        var plan = Objective.Evaluate(request, [.. stages], PipelineKind.Graph, "x", ScheduleTable.Find("1f1b", new())!);
        // 18 for the one sample of each, over 2 samples; 2 · 1/2 · 250 bytes over 8 samples.
        Assert.Equal(18 / 2.0 + 250 / 8.0, plan.MaxTps.Value);
        // (2 + 1/2) · 250 + 2/2 · 40.
        Assert.Equal(625 + 40, plan.Stages[0].Memory.Value);
    }

    [Fact]
    public void A_sequential_pipeline_is_as_deep_as_its_list()
    {
        var graph = CostGraphs.Build([.. Enumerable.Range(0, 3).Select(i => CostGraphs.Node(i, $"n{i}", 1))], []);
        var plan = CostGraphs.Plan("uniform", CostGraphs.Request(graph, 3));
        Assert.Equal(PipelineKind.Sequential, plan.Pipeline);
        Assert.Empty(plan.Edges);
        Assert.Equal([6L, 4L, 2L], plan.Stages.Select(s => s.InFlight));
        Assert.Equal(14 * 3 + 3 * 2 * 3, plan.Iteration.Value, 1e-9);
    }

    [Fact]
    public void Unequal_micro_batches_hold_what_the_paper_says()
    {
        // K = 4 before K = 2: w = 2 + 2·4 − 2 = 8; K = 2 before K = 4: 4 + 4.
        StageGraph Two(long first, long second) => new(
            64, [new(new(0), new(0), first), new(new(1), new(1), second)], [(new(0), new(1))], PipelineKind.Graph);
        Assert.Equal([8L, 2L], InFlight.Of(Two(4, 2)));
        Assert.Equal([8L, 4L], InFlight.Of(Two(2, 4)));
    }

    [Fact]
    public void A_wrong_number_or_a_moved_node_is_found()
    {
        var request = Three();
        var plan = CostGraphs.Plan("manual", request);
        Assert.Empty(Objective.Validate(request, plan));
        Assert.Contains(Objective.Validate(request, plan with { MaxTps = new(1) }), d => d.Code == Codes.PlanMalformed);
        Assert.Contains(
            Objective.Validate(request, plan with { Stages = plan.Stages.SetItem(0, plan.Stages[0] with { Nodes = [0, 2] }).SetItem(2, plan.Stages[2] with { Nodes = [1] }).SetItem(1, plan.Stages[1] with { Nodes = [1] }) }),
            d => d.Code == Codes.PlanMalformed);
        Assert.Contains(
            Objective.Validate(request, plan with { Stages = plan.Stages.SetItem(0, plan.Stages[0] with { Nodes = [1] }).SetItem(1, plan.Stages[1] with { Nodes = [0] }) }),
            d => d.Code == Codes.StageNotConvex);
        Assert.Contains(Objective.Validate(request with { MemoryLimit = new(100) }, plan), d => d.Code == Codes.PlanOverMemory);
    }

    [Fact]
    public void A_plan_survives_its_text()
    {
        var plan = CostGraphs.Plan("manual", Three()) with { Search = new(0.25, 3) };
        var diagnostics = new DiagnosticBag();
        Assert.Equal(plan, PipelinePlanJson.Read(PipelinePlanJson.Write(plan), "plan.json", diagnostics));
        Assert.Null(PipelinePlanJson.Read("{\"format\":\"graphpipe-plan\",\"stages\":3}", "plan.json", diagnostics));
        Assert.Null(PipelinePlanJson.Read("[", "plan.json", diagnostics));
        Assert.All(diagnostics.All, d => Assert.Equal(Codes.PlanMalformed, d.Code));
    }
}
