using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>Whether a stage waits only for the stages whose values it reads, or for the stage before it in the list as well.</summary>
public enum PipelineKind
{
    Graph,
    Sequential,
}

/// <summary>A stage as a partitioner chose it.</summary>
/// <param name="Nodes">Ids of the nodes in the cost graph, in topological order.</param>
/// <param name="Devices">Names of the devices that share the stage's samples.</param>
/// <param name="MicroBatch">Samples of one micro-batch, over all devices that work on it.</param>
/// <param name="K">Micro-batches forwarded, then backwarded, in turn (kFkB).</param>
/// <param name="InFlight">Samples forwarded and not yet backwarded, at most; where devices take turns those of one device.</param>
/// <param name="Tps">Time per sample.</param>
/// <param name="Memory">Peak on each of its devices.</param>
/// <param name="Recompute">Keep only what comes in from other stages, and run the forward again before the backward.</param>
public sealed record PipelineStage(
    StageId Id,
    string Name,
    ImmutableArray<int> Nodes,
    ImmutableArray<string> NodeNames,
    ImmutableArray<string> Devices,
    long MicroBatch,
    int K,
    long InFlight,
    Microseconds Tps,
    Bytes Memory,
    bool Recompute = false)
{
    /// <summary>
    /// Micro-batches that a device takes in a row, all of each, before it is the next device's turn (<see cref="Replica.Turn"/>): schedules with two copies of every
    /// stage. 0: the devices share out every micro-batch.
    /// </summary>
    public int Turn { get; init; }

    /// <summary>Samples of one forward on one device.</summary>
    public long SamplesPerDevice => ReplicaAt(0).PartOf(MicroBatch);

    /// <summary>Samples that all devices together get through while each runs one forward.</summary>
    public long SamplesAtOnce => SamplesPerDevice * Devices.Length;

    /// <summary>What the device at a place of <see cref="Devices"/> has of the stage's work.</summary>
    public Replica ReplicaAt(int device) => new(device, Devices.Length, Turn);

    public bool Equals(PipelineStage? other) =>
        other is not null && Id == other.Id && Name == other.Name && MicroBatch == other.MicroBatch && K == other.K && InFlight == other.InFlight
        && Tps == other.Tps && Memory == other.Memory && Recompute == other.Recompute && Turn == other.Turn && Nodes.SequenceEqual(other.Nodes) && NodeNames.SequenceEqual(other.NodeNames)
        && Devices.SequenceEqual(other.Devices);

    public override int GetHashCode() => HashCode.Combine(Id, Name, Nodes.Length, MicroBatch, InFlight);
}

/// <summary>What the search cost.</summary>
/// <param name="Seconds">Wall clock; not part of a bundle.</param>
/// <param name="States">Sub-problems solved.</param>
public sealed record PlanSearch(double Seconds, long States)
{
    /// <summary>No plan's objective can be smaller; null if the partitioner has no proof.</summary>
    public Microseconds? LowerBound { get; init; }
}

/// <summary>
/// A partition: stages on devices with their predicted costs. The <c>graphpipe-plan</c> document; <see cref="PipelinePlanJson"/> reads and
/// writes it. The stages stand in a topological order and <see cref="StageId"/> is the position.
/// </summary>
/// <param name="Edges">Stages that a value connects, ascending; data edges only.</param>
/// <param name="MaxTps">Time per sample of the slowest device, over all its stages.</param>
/// <param name="Iteration">Predicted time of one mini-batch.</param>
/// <param name="InputSha256">Hash of the file planned, lower-case hex; empty if there is none.</param>
public sealed record PipelinePlan(
    long MiniBatch,
    string Partitioner,
    string Schedule,
    PipelineKind Pipeline,
    string InputSha256,
    ImmutableArray<PipelineStage> Stages,
    ImmutableArray<(StageId From, StageId To)> Edges,
    Microseconds MaxTps,
    Microseconds Iteration,
    PlanSearch Search)
{
    /// <summary>Whether replicas share out the optimizer's state of their stage.</summary>
    public bool ShardOptimizer { get; init; }

    /// <summary>Whether a device has several stages.</summary>
    public bool HasSharedDevices => Stages.SelectMany(s => s.Devices).Distinct().Count() < Stages.Sum(s => s.Devices.Length);

    /// <summary>The most that a device needs for all its stages.</summary>
    public Bytes DeviceMemory => Stages.SelectMany(s => s.Devices.Select(d => (Device: d, s.Memory))).GroupBy(s => s.Device).Max(g => g.Aggregate(Bytes.Zero, (sum, s) => sum + s.Memory));

    public PipelineStage this[StageId id] => Stages[id.Value];

    public bool Equals(PipelinePlan? other) =>
        other is not null && MiniBatch == other.MiniBatch && Partitioner == other.Partitioner && Schedule == other.Schedule && Pipeline == other.Pipeline
        && InputSha256 == other.InputSha256 && ShardOptimizer == other.ShardOptimizer && MaxTps == other.MaxTps && Iteration == other.Iteration && Search == other.Search
        && Stages.SequenceEqual(other.Stages) && Edges.SequenceEqual(other.Edges);

    public override int GetHashCode() => HashCode.Combine(MiniBatch, Partitioner, Schedule, Stages.Length, MaxTps, Iteration);
}
