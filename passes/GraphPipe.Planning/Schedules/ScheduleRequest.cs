using System.Collections.Immutable;

namespace GraphPipe.Planning;

/// <summary>Times of one micro-batch of a stage, in the unit of the whole request.</summary>
public readonly record struct StageCost(double Forward, double BackwardInput, double BackwardWeight)
{
    public double Backward => BackwardInput + BackwardWeight;

    /// <summary>Time of a task; nothing for what does not compute.</summary>
    public double Of(TaskKind kind) => kind switch
    {
        TaskKind.Forward or TaskKind.Recompute => Forward,
        TaskKind.Backward => Backward,
        TaskKind.BackwardInput => BackwardInput,
        TaskKind.BackwardWeight => BackwardWeight,
        _ => 0,
    };
}

/// <summary>Times that a schedule which reckons with them is made for.</summary>
/// <param name="Stages">By number of the stage.</param>
/// <param name="Message">From the end of the work that makes a message to its being there, between devices.</param>
public sealed record ScheduleCosts(ImmutableArray<StageCost> Stages, double Message)
{
    /// <summary>The same for every stage.</summary>
    public static ScheduleCosts Even(int stages, StageCost cost, double message) => new([.. Enumerable.Repeat(cost, stages)], message);

    /// <summary>One unit for each of forward and the two parts of the backward; messages take no time.</summary>
    public static ScheduleCosts Unit(int stages) => Even(stages, new(1, 1, 1), 0);
}

/// <summary>The settings that only some schedules have.</summary>
[Flags]
public enum ScheduleSettings
{
    None = 0,

    /// <summary><see cref="ScheduleRequest.InFlightLimit"/>.</summary>
    InFlightLimit = 1,

    /// <summary><see cref="ScheduleRequest.GroupSize"/>.</summary>
    GroupSize = 2,

    /// <summary><see cref="ScheduleRequest.RecomputedChunks"/>.</summary>
    Recompute = 4,

    /// <summary><see cref="ScheduleRequest.OffloadedChunks"/> and <see cref="ScheduleRequest.OffloadTime"/>.</summary>
    Offload = 8,
}

/// <summary>
/// What a schedule is asked for. A setting that it does not have is refused, so that none is ignored unseen; costs may be given to any, and those
/// whose order is fixed have no use for them.
/// </summary>
/// <param name="Graph">The stages; they must be where <see cref="ISchedule.Place"/> puts them, up to a renumbering of the devices.</param>
/// <param name="Devices">Number of devices of the mesh.</param>
public sealed record ScheduleRequest(StageGraph Graph, int Devices)
{
    /// <summary>Null for <see cref="ScheduleCosts.Unit"/>.</summary>
    public ScheduleCosts? Costs { get; init; }

    /// <summary>Activations (one per stage and micro-batch) that a device may hold; null for the schedule's own limit.</summary>
    public int? InFlightLimit { get; init; }

    /// <summary>Micro-batches that a stage forwards before the next stage of the same device has its turn; null for the schedule's own.</summary>
    public int? GroupSize { get; init; }

    /// <summary>Stages of each device, from the first, that run their forward again before the backward; null for the schedule's own.</summary>
    public int? RecomputedChunks { get; init; }

    /// <summary>Stages of each device, from the first, whose activations go to the host and come back; null for the schedule's own.</summary>
    public int? OffloadedChunks { get; init; }

    /// <summary>Time of the copy of one activation, one way, as a share of forward and backward of its stage; null for a half.</summary>
    public double? OffloadTime { get; init; }

    /// <summary>Ends a generator early, with an <see cref="OperationCanceledException"/>; it is looked at at least once for each device.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Those that are set.</summary>
    public ScheduleSettings Settings =>
        (InFlightLimit is null ? 0 : ScheduleSettings.InFlightLimit)
        | (GroupSize is null ? 0 : ScheduleSettings.GroupSize)
        | (RecomputedChunks is null ? 0 : ScheduleSettings.Recompute)
        | (OffloadedChunks is null && OffloadTime is null ? 0 : ScheduleSettings.Offload);
}
