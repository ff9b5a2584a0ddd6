using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>Position of a node in a cost graph.</summary>
public readonly record struct CostNodeId(int Value)
{
    public override string ToString() => $"node {Value}";
}

/// <summary>A trained parameter that several nodes use; counted once per stage that has a user.</summary>
public sealed record SharedParameter(string Name, Bytes Size);

/// <summary>
/// An operator, or a group of them, with everything a planner may know of it. Where no trained parameter lies upstream, the backward and
/// the saved bytes are simply zero.
/// </summary>
/// <param name="Id">The node's number in the file it came from; plans name nodes by it.</param>
/// <param name="Forward">Time of the forward.</param>
/// <param name="Backward">Time of the whole backward.</param>
/// <param name="BackwardWeight">The part of the backward that only makes gradients of parameters; null if unknown.</param>
/// <param name="SavedPerSample">What the forward keeps for the backward.</param>
/// <param name="ParameterBytes">Trained parameters of this node alone.</param>
/// <param name="FrozenBytes">Parameters that are not trained.</param>
/// <param name="Workspace">Scratch memory while the node runs.</param>
public sealed record CostNode(
    int Id,
    string Name,
    TimeTable Forward,
    TimeTable Backward,
    TimeTable? BackwardWeight,
    Bytes SavedPerSample,
    Bytes ParameterBytes,
    Bytes FrozenBytes,
    Bytes Workspace,
    ImmutableArray<SharedParameter> SharedParameters)
{
    /// <summary>Time of the optimizer's update of the node's parameters, once for a mini-batch. The objective leaves it out, the simulator has it.</summary>
    public Microseconds Update { get; init; }

    /// <summary>Forward and backward of <paramref name="samples"/> samples on a device of speed 1.</summary>
    public Microseconds Compute(long samples) => Forward.At(samples) + Backward.At(samples);

    /// <summary>Bytes of the trained parameters of a set of nodes; a shared one counts once.</summary>
    public static Bytes TrainedBytes(IEnumerable<CostNode> nodes)
    {
        var bytes = Bytes.Zero;
        var shared = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in nodes)
        {
            bytes += node.ParameterBytes;
            foreach (var parameter in node.SharedParameters)
            {
                if (shared.Add(parameter.Name))
                    bytes += parameter.Size;
            }
        }

        return bytes;
    }
}

/// <summary>A use of a value.</summary>
/// <param name="Value">
/// Number of the value: edges with the same number are uses of the same value and cross to another stage once. Values have one producer.
/// </param>
public sealed record CostEdge(CostNodeId From, CostNodeId To, Bytes BytesPerSample, int Value);

/// <summary>A value and all its users, grouped from the edges.</summary>
/// <param name="Consumers">Distinct positions, ascending.</param>
public sealed record CostValue(CostNodeId Producer, Bytes BytesPerSample, ImmutableArray<CostNodeId> Consumers);
