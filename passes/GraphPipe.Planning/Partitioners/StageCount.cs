using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>Whether a graph can be cut into a number of stages at all.</summary>
internal static class StageCount
{
    /// <summary>Adds GP3011 if there are too few nodes or devices; every number between 1 and these is possible, along a topological order.</summary>
    public static bool IsPossible(PartitionRequest request, int count, DiagnosticBag diagnostics)
    {
        int nodes = request.Graph.Nodes.Length, devices = request.Topology.Devices.Length;
        if (count >= 1 && count <= Math.Min(nodes, devices))
            return true;
        diagnostics.Add(Diagnostic.Error(
            Codes.StageCountImpossible,
            count < 1 ? $"{count} stages were asked for"
                : count > devices ? $"{count} stages need {count} devices, but there {(devices == 1 ? "is 1" : $"are {devices}")}"
                : $"the model has {nodes} nodes that can be cut apart, too few for {count} stages",
            advice: count <= nodes && count > devices ? $"name more devices, ask for {Upto(devices)}, or choose a schedule with several stages per device" : $"ask for {Upto(Math.Min(nodes, devices))}"));
        return false;
    }

    private static string Upto(int most) => most == 1 ? "1 stage" : $"1 to {most} stages";
}
