using GraphPipe.Bundle;
using GraphPipe.Planning.Peers;

namespace GraphPipe.Planning;

/// <summary>
/// The default: the answers of the other partitioners as graphs, each improved by a local search (<see cref="LocalSearch"/>); on small graphs the
/// optimum (<see cref="ExhaustiveSearch"/>). Never worse than what it began with, and with a bound that no plan can beat. Limits count layouts,
/// never seconds, so the answer is the same on every machine.
/// </summary>
[Partitioner("best")]
public sealed class Best : IPartitioner
{
    // Nodes and values looked at, all layouts together: about a second.
    private const long Effort = 120_000_000;

    // Where Piper's search would take many times as long as all the rest.
    private const int MaxDownSets = 4000;

    // Plans to improve, the best first.
    private const int Starts = 6;

    public PipelinePlan? Partition(PartitionRequest request, DiagnosticBag diagnostics)
    {
        if (PlanCandidates.Begin(request, PipelineKind.Graph, "best", diagnostics) is not { } candidates)
            return null;
        var sizes = candidates.Sizes;
        var plans = Portfolio(request, sizes);
        // Where nobody finds a plan that fits, begin with plans that do not.
        if (plans.Count == 0)
        {
            var unlimited = request with { MemoryLimit = new Bytes(long.MaxValue) };
            plans = Portfolio(unlimited, sizes);
            // The fastest plans have large micro-batches; the least memory is that of the smallest.
            if (new GraphPipePartitioner().Partition(unlimited with { MicroBatch = MicroBatchChoice.Size(sizes[0]) }, new DiagnosticBag()) is { } small)
                plans.Add(small);
        }

        foreach (var plan in plans)
            candidates.Add(plan);
        long states = plans.Sum(p => p.Search.States);
        if (!PlanScorer.Knows(request.Schedule.Name))
            return candidates.Finish(states, diagnostics);
        int capacity = Math.Min(request.Graph.Nodes.Length, request.Topology.Devices.Length);
        var scorer = new PlanScorer(request, capacity);
        var bound = LowerBound.Of(request, scorer, sizes);
        if (ExhaustiveSearch.Accepts(request))
        {
            var search = new ExhaustiveSearch(request, scorer);
            foreach (var plan in plans)
                search.Offer(StageLayout.Of(request, plan, capacity));
            search.Run(sizes);
            if (search.Best is { } optimum)
                candidates.Add(optimum.ToStages());
            // The exhaustive search knows powers of two alone.
            if (search.BestScore.Fits && (request.MaxReplicas <= 2 || request.Stages is not null))
                bound = new Microseconds(search.BestScore.Value);
        }
        else
        {
            Improve(request, plans, candidates, scorer, capacity);
        }

        return candidates.Finish(states + scorer.States, diagnostics, bound);
    }

    // What the others say. graphpipe says it for each micro-batch size that may still win, since the best size changes as plans improve; that
    // is also what parallel-only says, for one of the sizes.
    private static List<PipelinePlan> Portfolio(PartitionRequest request, IReadOnlyList<long> sizes)
    {
        var plans = new List<PipelinePlan>();
        void Ask(IPartitioner partitioner, PartitionRequest asked)
        {
            if (partitioner.Partition(asked, new DiagnosticBag()) is { } plan)
                plans.Add(plan);
        }

        foreach (string name in PartitionerTable.Names.Where(n => n is not ("best" or "exhaustive" or "manual" or "graphpipe" or "parallel-only")))
            Ask(name == "piper" ? new PiperPartitioner(MaxDownSets) : PartitionerTable.Find(name, new DiagnosticBag())!, request);
        if (request.MicroBatch.IsPerStage)
        {
            Ask(new GraphPipePartitioner(), request);
            Ask(new ParallelOnly(), request);
        }

        var costs = new PlanScorer(request, 1);
        foreach (var (size, least) in sizes.Select(s => (s, LowerBound.Of(request, costs, [s]).Value)).OrderBy(s => s.Value))
        {
            if (least < plans.Select(p => Objective.Value(request, p)).DefaultIfEmpty(double.PositiveInfinity).Min())
                Ask(new GraphPipePartitioner(), request with { MicroBatch = MicroBatchChoice.Size(size) });
        }

        return plans;
    }

    private static void Improve(PartitionRequest request, List<PipelinePlan> plans, PlanCandidates candidates, PlanScorer scorer, int capacity)
    {
        var search = new LocalSearch(request, scorer, capacity);
        long limit = Effort / Starts / (request.Graph.Nodes.Length + request.Graph.Values.Length);
        var layouts = plans.Select(p => StageLayout.Of(request, p, capacity)).Select(l => (Layout: l, Score: scorer.Score(l))).ToList();
        foreach (var (layout, _) in layouts.OrderBy(l => l.Score.Excess).ThenBy(l => l.Score.Value).Take(Starts))
        {
            search.Improve(layout, limit);
            candidates.Add(layout.ToStages());
        }
    }
}
