using System.Collections.Immutable;
using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>The exhaustive search against every set partition judged by the objective, without any of its shortcuts.</summary>
public class ExhaustiveTests
{
    private static readonly Gen<PartitionRequest> Requests =
        from nodes in Gen.Int[2, 6]
        from times in Gen.Int[1, 40].Array[nodes]
        from links in Gen.Double[0, 1].Array[nodes * nodes]
        from density in Gen.Double[0.1, 0.7]
        from devices in Gen.Int[2, 4]
        from replicas in Pick(1, 1, 4)
        from size in Pick(MicroBatchChoice.Size(2), MicroBatchChoice.Automatic, MicroBatchChoice.PerStage)
        from memory in Pick(0, 0, 700, 1200)
        from tied in Gen.Bool
        from unlike in Pick(0, 0, 1, 2)
        from recompute in Pick(RecomputeChoice.Off, RecomputeChoice.Off, RecomputeChoice.Auto)
        from goal in Pick(PlanObjective.Iteration, PlanObjective.Tps)
        select CostGraphs.Request(Graph(nodes, times, links, density, tied), devices, 8) with
        {
            Stages = null,
            MaxReplicas = replicas,
            MicroBatch = size,
            Objective = goal,
            Recompute = recompute,
            MemoryLimit = memory == 0 ? null : new Bytes(memory),
            Topology = Devices(devices, unlike),
        };

    [Fact]
    public void Is_the_best_of_all_partitions() => Requests.Sample(
        request =>
        {
            double? expected = BruteForce(request);
            var diagnostics = new DiagnosticBag();
            var plan = PartitionerTable.Find("exhaustive", diagnostics)!.Partition(request, diagnostics);
            if (expected is null)
            {
                Assert.Null(plan);
                Assert.True(diagnostics.HasErrors);
                return;
            }

            Assert.NotNull(plan);
            Assert.Empty(Objective.Validate(request, plan));
            Assert.Equal(expected.Value, Objective.Value(request, plan), 1e-9 * expected.Value);
            Assert.Equal(expected.Value, plan.Search.LowerBound!.Value.Value, 1e-9 * expected.Value);
        },
        iter: 300, threads: 1);

    [Fact]
    public void Large_graphs_are_refused()
    {
        var diagnostics = new DiagnosticBag();
        Assert.Null(PartitionerTable.Find("exhaustive", diagnostics)!.Partition(CostGraphs.Request(CostGraphs.Chain(13), 2), diagnostics));
        Assert.Equal(Codes.PlanInfeasible, Assert.Single(diagnostics.All).Code);
    }

    private static Gen<T> Pick<T>(params T[] choices) => Gen.Int[0, choices.Length - 1].Select(i => choices[i]);

    private static CostGraph Graph(int count, int[] times, double[] links, double density, bool tied) => CostGraphs.Build(
        [.. Enumerable.Range(0, count).Select(i => CostGraphs.Node(i, $"n{i}", times[i], 10 * (i + 1), i + 1) with { SharedParameters = tied && i % 2 == 0 ? [new SharedParameter("tied", new Bytes(50))] : [], FrozenBytes = new Bytes(5 * i) })],
        from i in Enumerable.Range(0, count)
        from j in Enumerable.Range(i + 1, count - i - 1)
        where links[(i * count) + j] < density
        select (i, j),
        bytes: 200000);

    // Alike in one node; alike in two nodes; unlike.
    private static Topology Devices(int count, int unlike)
    {
        var alike = Topology.Of(DeviceModel.V100, count, unlike == 1 ? 2 : 8);
        return unlike < 2 ? alike : alike with { Devices = [.. alike.Devices.Select((d, i) => d with { Speed = 1 + 0.5 * i, Memory = new Bytes(800 + 200 * i) })] };
    }

    private static double? BruteForce(PartitionRequest request)
    {
        var sizes = request.MicroBatchSizes(new DiagnosticBag());
        var schedule = request.Schedule.Find(new DiagnosticBag())!;
        double? best = null;
        var ids = Enumerable.Range(0, request.Topology.Devices.Length).Select(i => new DeviceId(i)).ToArray();
        foreach (var sets in Partitions(request.Graph.Nodes.Length))
        {
            if (sets.Count > ids.Length || StageSets.Sort(request.Graph, sets) is not { } sorted)
                continue;
            foreach (var devices in Choices(sorted.Length, ids, request.MaxReplicas))
            {
                foreach (var micro in Sizes(sorted.Length, sizes, request.MicroBatch.IsPerStage))
                {
                    if (Enumerable.Range(0, sorted.Length).Any(s => micro[s] % devices[s].Length != 0))
                        continue;
                    var stages = sorted.Select((nodes, s) => new StageChoice(nodes, devices[s], micro[s])).ToImmutableArray();
                    var plan = Objective.Evaluate(request, stages, PipelineKind.Graph, "brute-force", schedule);
                    if (request.Recompute == RecomputeChoice.Auto && Objective.OverMemory(request, plan).Any())
                    {
                        stages = [.. stages.Select((s, i) => s with { Recompute = s.Devices.Any(d => plan.Stages[i].Memory > request.LimitOf(d)) })];
                        plan = Objective.Evaluate(request, stages, PipelineKind.Graph, "brute-force", schedule);
                    }

                    if (!Objective.OverMemory(request, plan).Any() && Objective.Value(request, plan) is var value && !(value >= best))
                        best = value;
                }
            }
        }

        return best;
    }

    private static IEnumerable<List<IReadOnlyList<int>>> Partitions(int count)
    {
        IEnumerable<int[]> Grow(int n)
        {
            if (n == 0)
                return [[]];
            return from head in Grow(n - 1)
                   from set in Enumerable.Range(0, head.DefaultIfEmpty(-1).Max() + 2)
                   select (int[])[.. head, set];
        }

        foreach (int[] setOf in Grow(count))
            yield return [.. Enumerable.Range(0, setOf.Max() + 1).Select(s => (IReadOnlyList<int>)[.. Enumerable.Range(0, count).Where(n => setOf[n] == s)])];
    }

    private static IEnumerable<ImmutableArray<ImmutableArray<DeviceId>>> Choices(int stages, DeviceId[] free, int replicas)
    {
        if (stages == 0)
            return [[]];
        return from mask in Enumerable.Range(1, (1 << free.Length) - 1)
               let mine = free.Where((_, i) => (mask >> i & 1) != 0).ToArray()
               where mine.Length <= replicas && (mine.Length & (mine.Length - 1)) == 0
               from rest in Choices(stages - 1, [.. free.Except(mine)], replicas)
               select (ImmutableArray<ImmutableArray<DeviceId>>)[[.. mine], .. rest];
    }

    private static IEnumerable<long[]> Sizes(int stages, ImmutableArray<long> sizes, bool perStage)
    {
        if (!perStage)
            return sizes.Select(s => Enumerable.Repeat(s, stages).ToArray());
        return stages == 0 ? [[]] : from rest in Sizes(stages - 1, sizes, true) from size in sizes select (long[])[size, .. rest];
    }
}
