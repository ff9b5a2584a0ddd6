using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>The optimum, by looking at everything (<see cref="ExhaustiveSearch"/>): for graphs of at most twelve nodes, to judge others by.</summary>
[Partitioner("exhaustive")]
public sealed class Exhaustive : IPartitioner
{
    public PipelinePlan? Partition(PartitionRequest request, DiagnosticBag diagnostics)
    {
        if (PlanCandidates.Begin(request, PipelineKind.Graph, "exhaustive", diagnostics) is not { } candidates || !IsSmall(request, diagnostics))
            return null;
        var scorer = new PlanScorer(request, request.Graph.Nodes.Length);
        var search = new ExhaustiveSearch(request, scorer);
        search.Run(candidates.Sizes);
        if (search.Best is { } optimum)
            candidates.Add(optimum.ToStages());
        else
            candidates.Add(Uniform.Cut(request.Graph, request.Stages ?? Math.Min(request.Graph.Nodes.Length, request.Topology.Devices.Length), candidates.Sizes[0])); // To say how much is missing.
        return candidates.Finish(scorer.States, diagnostics, search.BestScore.Fits ? new Microseconds(search.BestScore.Value) : null);
    }

    private static bool IsSmall(PartitionRequest request, DiagnosticBag diagnostics)
    {
        if (request.Graph.Nodes.Length > ExhaustiveSearch.MaxNodes || request.Topology.Devices.Length > ExhaustiveSearch.MaxDevices)
        {
            diagnostics.Add(Diagnostic.Error(
                Codes.PlanInfeasible,
                $"partitioner 'exhaustive' is for at most {ExhaustiveSearch.MaxNodes} nodes on {ExhaustiveSearch.MaxDevices} devices; here are {request.Graph.Nodes.Length} on {request.Topology.Devices.Length}",
                advice: "use 'best', which says how far from a proven bound it is"));
            return false;
        }

        if (!PlanScorer.Knows(request.Schedule.Name))
        {
            diagnostics.Add(Diagnostic.Error(Codes.ScheduleUnsuitable, $"partitioner 'exhaustive' does not know what '{request.Schedule}' has in flight", advice: "use 1f1b, kfkb or gpipe"));
            return false;
        }

        return true;
    }
}
