using System.Diagnostics;
using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

public class PartitionerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Four_towers_run_side_by_side(bool sharedInput)
    {
        // A thousand operators: 4 · 19 layers · 13.
        var graph = CostGraphs.Towers(4, 19, sharedInput);
        var request = CostGraphs.Request(graph, 4, 64, 4);
        var watch = Stopwatch.StartNew();
        var plan = CostGraphs.Plan("graphpipe", request);
        TestContext.Current.TestOutputHelper?.WriteLine($"{graph.Nodes.Length} nodes, {watch.ElapsedMilliseconds} ms, {plan.Search.States} states, {plan.Iteration}");
        Assert.Empty(Objective.Validate(request, plan));
        Assert.Equal(4, plan.Stages.Length);
        Assert.True(StageGraph.Of(plan).Depth() <= (sharedInput ? 3 : 2));
        for (int t = 0; t < 4; t++)
            Assert.Single(plan.Stages, s => s.NodeNames.Any(n => n.StartsWith($"/tower{t}/", StringComparison.Ordinal)));
        Assert.True(plan.Iteration < CostGraphs.Plan("uniform", request).Iteration);
    }

    [Fact]
    public void Every_search_can_be_interrupted()
    {
        var request = CostGraphs.Request(CostGraphs.Towers(2, 2), 4) with { Cancellation = new CancellationToken(true) };
        foreach (string name in PartitionerTable.Names.Where(n => n != "manual"))
        {
            var small = name == "exhaustive" ? request with { Graph = CostGraphs.Chain(6) } : request;
            Assert.Throws<OperationCanceledException>(() => PartitionerTable.Find(name, new DiagnosticBag())!.Partition(small, new DiagnosticBag()));
        }
    }

    [Fact]
    public void A_chain_is_cut_evenly()
    {
        var plan = CostGraphs.Plan("graphpipe", CostGraphs.Request(CostGraphs.Chain(12), 4));
        Assert.All(plan.Stages, s => Assert.Equal(3, s.Nodes.Length));
        Assert.Equal(90, plan.MaxTps.Value, 1e-9);
    }

    [Fact]
    public void Two_towers_share_four_devices_two_each()
    {
        // The head sits in the last stage of one tower, so that the other tower's two stages come before it.
        var plan = CostGraphs.Plan("graphpipe", CostGraphs.Request(CostGraphs.Towers(2, 12), 4));
        Assert.Equal(3, StageGraph.Of(plan).Depth());
        Assert.Equal([2, 2], Enumerable.Range(0, 2).Select(t => plan.Stages.Count(s => s.NodeNames.Any(n => n.StartsWith($"/tower{t}/", StringComparison.Ordinal)))));
    }

    [Fact]
    public void Replicas_are_used_where_they_are_allowed()
    {
        var request = CostGraphs.Request(CostGraphs.Chain(1, 1000), 4, 64, 8) with { Stages = null, MaxReplicas = 4 };
        var plan = CostGraphs.Plan("graphpipe", request);
        Assert.Equal(4, plan.Stages.Single().Devices.Length);
        Assert.Empty(Objective.Validate(request, plan));
        Assert.Single(CostGraphs.Plan("graphpipe", request with { MaxReplicas = 1 }).Stages.Single().Devices);
    }

    [Theory]
    [InlineData("uniform")]
    [InlineData("pipedream")]
    [InlineData("piper")]
    [InlineData("graphpipe")]
    [InlineData("parallel-only")]
    [InlineData("bapipe")]
    [InlineData("manual")]
    public void Every_plan_is_valid(string partitioner) =>
        Gen.Select(CostGraphs.Random, Gen.Int[1, 6], Gen.OneOf(Gen.Const("1f1b"), Gen.Const("gpipe")), Gen.Int[0, 1000].Array[3]).Sample((graph, devices, schedule, cuts) =>
        {
            int count = Math.Min(devices, graph.Nodes.Length);
            var request = CostGraphs.Request(graph, count) with { Schedule = schedule };
            if (partitioner == "manual")
            {
                request = request with
                {
                    Topology = Topology.Of(DeviceModel.V100, 8, 8),
                    Stages = null,
                    Cuts = [.. cuts.Select(c => $"n{c % graph.Nodes.Length}")],
                };
            }

            var plan = CostGraphs.Plan(partitioner, request);
            Assert.Empty(Objective.Validate(request, plan));
            if (partitioner != "manual")
            {
                Assert.Equal(count, plan.Stages.Length);
                return;
            }

            // A cut node ends its stage; there is one stage per cut, and at most one more.
            Assert.InRange(plan.Stages.Length, request.Cuts.Distinct().Count(), request.Cuts.Distinct().Count() + 1);
            foreach (string cut in request.Cuts)
            {
                int node = int.Parse(cut[1..]);
                var stage = plan.Stages.Single(s => s.Nodes.Contains(node));
                Assert.DoesNotContain(graph.Edges, e => e.From.Value == node && stage.Nodes.Contains(e.To.Value));
            }
        }, iter: 300);

    [Fact]
    public void Unlike_devices_get_as_much_as_they_are_fast()
    {
        var request = CostGraphs.Request(CostGraphs.Chain(8), 2);
        request = request with { Topology = request.Topology with { Devices = [request.Topology.Devices[0], request.Topology.Devices[1] with { Speed = 3 }] } };
        var plan = CostGraphs.Plan("bapipe", request);
        Assert.Equal([2, 6], plan.Stages.Select(s => s.Nodes.Length).Order());
        Assert.Equal(60, plan.MaxTps.Value, 1e-9);
    }

    [Fact]
    public void Parallel_stages_alone_keep_the_sequential_micro_batch()
    {
        var request = CostGraphs.Request(CostGraphs.Towers(4, 2), 4, 32) with { MicroBatch = MicroBatchChoice.Automatic };
        var parallel = CostGraphs.Plan("parallel-only", request);
        Assert.Equal(CostGraphs.Plan("pipedream", request).Stages[0].MicroBatch, parallel.Stages[0].MicroBatch);
        Assert.True(Objective.Value(request, CostGraphs.Plan("graphpipe", request)) <= Objective.Value(request, parallel));
    }

    [Theory]
    [InlineData(4, 19, 8)]
    [InlineData(4, 19, 32)]
    [InlineData(1, 76, 16)]
    public void A_thousand_operators_on_many_devices(int towers, int layers, int devices)
    {
        var request = CostGraphs.Request(CostGraphs.Towers(towers, layers), devices, 128, 2) with { Stages = null };
        var watch = Stopwatch.StartNew();
        var plan = CostGraphs.Plan("graphpipe", request);
        double ideal = request.Graph.Nodes.Sum(n => n.Compute(2).Value) / 2 / devices;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{devices} devices: {watch.ElapsedMilliseconds} ms, {plan.Search.States} states, depth {StageGraph.Of(plan).Depth()}, {plan.MaxTps.Value / ideal:0.000} of the ideal, iteration {plan.Iteration.Value / CostGraphs.Plan("uniform", request).Iteration.Value:0.000} of uniform");
        Assert.Empty(Objective.Validate(request, plan));
        Assert.True(plan.Iteration <= CostGraphs.Plan("uniform", request).Iteration);
        Assert.True(watch.Elapsed.TotalSeconds < 20);
    }

    [Fact]
    public void Too_many_stages_are_refused()
    {
        var diagnostics = new DiagnosticBag();
        Assert.All(["graphpipe", "uniform"], name => Assert.Null(PartitionerTable.Find(name, diagnostics)!.Partition(CostGraphs.Request(CostGraphs.Chain(3), 4), diagnostics)));
        Assert.Equal([Codes.StageCountImpossible], diagnostics.All.Select(d => d.Code));
    }

    [Fact]
    public void A_device_too_small_is_told_and_uneven_micro_batches_and_unknown_cuts()
    {
        var request = CostGraphs.Request(CostGraphs.Chain(8), 4);
        Assert.Equal(Codes.PlanOverMemory, Refusal("graphpipe", request with { MemoryLimit = new(10) }));
        Assert.Equal(Codes.MicroBatchUneven, Refusal("graphpipe", request with { MicroBatch = MicroBatchChoice.Size(3) }));
        Assert.Equal(Codes.CutUnknown, Refusal("manual", request with { Cuts = ["nowhere"] }));
        Assert.Equal(Codes.ScheduleUnknown, Refusal("uniform", request with { Schedule = "none" }));
    }

    [Fact]
    public void Memory_decides_where_it_is_short()
    {
        // Equal times; the first half has a hundred times the parameters. 4 nodes · 2 · 10000 bytes must go on several devices.
        var nodes = Enumerable.Range(0, 8).Select(i => CostGraphs.Node(i, $"n{i}", 10, i < 4 ? 10_000 : 100)).ToList();
        var request = CostGraphs.Request(CostGraphs.Build(nodes, Enumerable.Range(0, 7).Select(i => (i, i + 1))), 4) with { MemoryLimit = new(25_000) };
        Assert.True(CostGraphs.Plan("graphpipe", request).Stages.All(s => s.Memory.Value <= 25_000));
    }

    private static string Refusal(string partitioner, PartitionRequest request)
    {
        var diagnostics = new DiagnosticBag();
        Assert.Null(PartitionerTable.Find(partitioner, diagnostics)!.Partition(request, diagnostics));
        return diagnostics.All.Select(d => d.Code).Distinct().Single();
    }
}
