using System.Collections.Immutable;

namespace GraphPipe.Planning.Peers;

/// <summary>What Piper (Tarnawski, Narayanan, Phanishayee, NeurIPS 2021) knows of one node at one tensor degree and one way to run it.</summary>
/// <param name="Time">Forward and backward of one micro-batch, in the file's unit of time.</param>
/// <param name="ParameterBytes">Weights on each device.</param>
/// <param name="BytesPerMicroBatch">Memory for each micro-batch in flight (the file's <c>memoryUsageA</c>).</param>
/// <param name="FixedBytes">Memory besides (<c>memoryUsageB</c>).</param>
/// <param name="SyncForward">Bytes that tensor parallelism adds to an edge from a predecessor, by its position.</param>
/// <param name="SyncBackward">Bytes that it adds to an edge to a successor, by its position.</param>
public sealed record PiperConfiguration(
    double Time,
    double ParameterBytes,
    double BytesPerMicroBatch,
    double FixedBytes,
    ImmutableDictionary<int, double> SyncForward,
    ImmutableDictionary<int, double> SyncBackward);

/// <summary>The ways to run a node at one tensor degree.</summary>
/// <param name="Recomputing">Makes its activations again; null if the node can't.</param>
public sealed record PiperChoice(PiperConfiguration Vanilla, PiperConfiguration? Recomputing);

/// <param name="Id">The file's number of the node.</param>
/// <param name="Choices">By tensor degree.</param>
public sealed record PiperNode(int Id, string Name, ImmutableSortedDictionary<int, PiperChoice> Choices);

/// <param name="From">Position of the producer.</param>
/// <param name="To">Position of the consumer.</param>
/// <param name="Bytes">Of one micro-batch.</param>
public readonly record struct PiperEdge(int From, int To, double Bytes);

/// <summary>A file of Piper's. The four figures of the cluster are place-holders that options override.</summary>
/// <param name="Nodes">Acyclic with <paramref name="Edges"/>, no id twice.</param>
/// <param name="MemoryPerDevice">In bytes.</param>
/// <param name="Bandwidth">Bytes per second out of each device.</param>
/// <param name="MicroBatches">Micro-batches of a batch.</param>
public sealed record PiperInput(
    ImmutableArray<PiperNode> Nodes, ImmutableArray<PiperEdge> Edges, double MemoryPerDevice, int Devices, double Bandwidth, long MicroBatches);
