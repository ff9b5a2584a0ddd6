using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>What a plan is judged by.</summary>
public enum PlanObjective
{
    /// <summary>Time of a mini-batch, with filling and draining.</summary>
    Iteration,

    /// <summary>Time per sample of the slowest stage.</summary>
    Tps,
}

/// <summary>Whether stages keep what the backward needs, or make it again.</summary>
public enum RecomputeChoice
{
    Off,

    /// <summary>Per stage, where memory asks for it.</summary>
    Auto,

    /// <summary>Every stage.</summary>
    All,
}

/// <summary>How the micro-batch size is found.</summary>
/// <param name="Samples">The size, if it is given.</param>
/// <param name="Count">Micro-batches per mini-batch, if that is given.</param>
/// <param name="IsPerStage">Whether stages may have sizes of their own.</param>
public readonly record struct MicroBatchChoice(long? Samples, long? Count, bool IsPerStage)
{
    /// <summary>One size for all stages, chosen by the objective among powers of two.</summary>
    public static readonly MicroBatchChoice Automatic;

    public static readonly MicroBatchChoice PerStage = new(null, null, true);

    public static MicroBatchChoice Size(long samples) => new(samples, null, false);

    public static MicroBatchChoice Of(long count) => new(null, count, false);
}

/// <summary>Everything a partitioner may know.</summary>
public sealed record PartitionRequest
{
    public required CostGraph Graph { get; init; }

    public required Topology Topology { get; init; }

    /// <summary>Samples between two updates.</summary>
    public required long MiniBatch { get; init; }

    public MicroBatchChoice MicroBatch { get; init; }

    /// <summary>Exactly so many stages, without replicas; null leaves the number to the partitioner.</summary>
    public int? Stages { get; init; }

    /// <summary>Devices that may share one stage.</summary>
    public int MaxReplicas { get; init; } = 1;

    /// <summary>Memory of a device that may be used; null for what the topology says.</summary>
    public Bytes? MemoryLimit { get; init; }

    /// <summary>Host memory that may be used for each device; null for the share that the device's model says.</summary>
    public Bytes? HostMemoryLimit { get; init; }

    /// <summary>Copies of a trained parameter on a device: weights, gradients and optimizer state. 2 for plain SGD, 3 with momentum, 4 for Adam.</summary>
    public double OptimizerState { get; init; } = 2;

    /// <summary>Whether replicas share out the optimizer's state.</summary>
    public bool ShardOptimizer { get; init; }

    public RecomputeChoice Recompute { get; init; }

    /// <summary>What is kept on the host between forward and backward.</summary>
    public OffloadChoice Offload { get; init; }

    public PlanObjective Objective { get; init; }

    public ScheduleChoice Schedule { get; init; } = "1f1b";

    /// <summary>For <c>manual</c>: names of the nodes that end a stage.</summary>
    public ImmutableArray<string> Cuts { get; init; } = [];

    /// <summary>Ends a search with <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Goes into the plan as it is.</summary>
    public string InputSha256 { get; init; } = "";

    /// <summary>
    /// What a search may use of a device. Where activations go to the host there is no limit: what stays is known only of an order of work, which is checked
    /// against <see cref="MemoryOf"/> once it is there.
    /// </summary>
    public Bytes LimitOf(DeviceId device) => Offload == OffloadChoice.None ? MemoryOf(device) : new Bytes(long.MaxValue);

    /// <summary>What a plan may use of a device.</summary>
    public Bytes MemoryOf(DeviceId device) => MemoryLimit ?? Topology[device].Memory;

    /// <summary>What a plan may use of the host for what a device offloads.</summary>
    public Bytes HostMemoryOf(DeviceId device) => HostMemoryLimit ?? Topology[device].Model.HostMemory;

    /// <returns>GP3035 if what a device offloads is more than that, else null.</returns>
    public Diagnostic? OverHostMemory(DeviceId device, Bytes needed) => needed <= HostMemoryOf(device) ? null : Diagnostic.Error(
        Codes.PlanOverHostMemory, $"what device {Topology[device].Name} offloads needs {needed} of host memory, its limit is {HostMemoryOf(device)}",
        advice: "offload less (--offload auto or half), use a smaller micro-batch, or raise --host-memory");

    /// <summary>The micro-batch sizes to try, ascending.</summary>
    /// <returns>Empty with GP3003 in <paramref name="diagnostics"/> if the size asked for does not divide the mini-batch.</returns>
    internal ImmutableArray<long> MicroBatchSizes(DiagnosticBag diagnostics)
    {
        if (MiniBatch < 1)
        {
            diagnostics.Add(Diagnostic.Error(Codes.MicroBatchUneven, $"the mini-batch has {MiniBatch} samples"));
            return [];
        }

        if (MicroBatch.Count is { } count)
        {
            if (count >= 1 && MiniBatch % count == 0)
                return [MiniBatch / count];
            diagnostics.Add(Diagnostic.Error(
                Codes.MicroBatchUneven, $"{MiniBatch} samples do not split into {count} micro-batches of one size", advice: "choose a number that divides the mini-batch, or another --mini-batch"));
            return [];
        }

        if (MicroBatch.Samples is { } samples)
        {
            if (samples >= 1 && MiniBatch % samples == 0)
                return [samples];
            diagnostics.Add(Diagnostic.Error(
                Codes.MicroBatchUneven, $"micro-batches of {samples} samples do not divide the mini-batch of {MiniBatch}", advice: "choose a size that divides it"));
            return [];
        }

        var sizes = new SortedSet<long> { MiniBatch };
        for (long size = 1; size < MiniBatch && MiniBatch % size == 0; size *= 2)
            sizes.Add(size);
        return [.. sizes];
    }
}
