using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

public class BestTests
{
    private static readonly Gen<PartitionRequest> Requests = RequestsOf(1, 20);

    private static Gen<PartitionRequest> RequestsOf(int least, int most) =>
        from graph in CostGraphs.RandomOf(least, most)
        from devices in Gen.Int[2, 6]
        from replicas in Pick(1, 4)
        from size in Pick(MicroBatchChoice.Size(2), MicroBatchChoice.Automatic, MicroBatchChoice.PerStage)
        from memory in Pick(0, 0, 2500, 6000)
        from goal in Pick(PlanObjective.Iteration, PlanObjective.Tps)
        select CostGraphs.Request(graph, devices) with
        {
            Stages = null,
            MaxReplicas = replicas,
            MicroBatch = size,
            Objective = goal,
            MemoryLimit = memory == 0 ? null : new Bytes(memory),
        };

    [Fact]
    public void Is_never_worse_than_any_other_nor_better_than_its_bound() => Requests.Sample(
        request =>
        {
            var plan = Find("best", request);
            foreach (string name in PartitionerTable.Names.Where(n => n is not ("best" or "manual")))
            {
                if (Find(name, request) is not { } other)
                    continue;
                Assert.NotNull(plan);
                Assert.True(Objective.Value(request, plan) <= Objective.Value(request, other) * (1 + 1e-9), $"{name}: {Objective.Value(request, other)} < {Objective.Value(request, plan)}");
            }

            if (plan is null)
                return;
            Assert.Empty(Objective.Validate(request, plan));
            Assert.True(plan.Search.LowerBound!.Value.Value <= Objective.Value(request, plan) * (1 + 1e-9));
        },
        iter: 60, threads: 1);

    [Fact]
    public void The_local_search_alone_comes_near_the_optimum()
    {
        // Plans of nine nodes: each start improved, against the exhaustive search.
        double worst = 1, sum = 0;
        int count = 0;
        RequestsOf(6, 9).Sample(
            request =>
            {
                if (Find("exhaustive", request) is not { } optimum || Find("graphpipe", request) is not { } start)
                    return;
                int capacity = Math.Min(request.Graph.Nodes.Length, request.Topology.Devices.Length);
                var layout = StageLayout.Of(request, start, capacity);
                var score = new LocalSearch(request, new PlanScorer(request, capacity), capacity).Improve(layout, 100_000);
                double ratio = score.Value / Objective.Value(request, optimum);
                worst = Math.Max(worst, ratio);
                sum += ratio;
                count++;
            },
            iter: 100, threads: 1, seed: "0000bestlocal");
        Assert.InRange(sum / count, 1 - 1e-9, 1.02);
    }

    private static Gen<T> Pick<T>(params T[] choices) => Gen.Int[0, choices.Length - 1].Select(i => choices[i]);

    private static PipelinePlan? Find(string name, PartitionRequest request)
    {
        var diagnostics = new DiagnosticBag();
        return PartitionerTable.Find(name, diagnostics)!.Partition(request, diagnostics);
    }
}
