using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>A stage as the plan runs it.</summary>
/// <param name="MicroBatch">Samples of one forward.</param>
/// <param name="InFlight">Samples forwarded and not yet backwarded, at most.</param>
public sealed record PlannedStage(StageId Id, string Name, DeviceId Device, long MicroBatch, long InFlight)
{
    /// <summary>Its part of every micro-batch; the replicas of a stage are stages of their own, numbered one after the other.</summary>
    public Replica Replica { get; init; } = Replica.Only;

    /// <summary>
    /// Samples whose saved values are on the device, at most, where OFFLOAD and RELOAD keep others on the host: whole micro-batches. Null: all in flight.
    /// </summary>
    public long? Resident { get; init; }

    public StageSamples Samples => new(MicroBatch, Replica);
}

/// <summary>One device's list of actions for one mini-batch.</summary>
public sealed record DeviceActions(DeviceId Device, ImmutableArray<PlanAction> Actions);

/// <summary>
/// Everything about *when*: stages on devices, channels with depths, and per device the actions of one mini-batch, in order. The lowering of
/// a partition and a schedule; proved before it is written. A shorter mini-batch and a run without backward are this plan with actions left
/// out (<see cref="ActionFilter"/>).
/// </summary>
/// <param name="MiniBatch">Samples that the lists are for: those between two updates, or in an asynchronous plan between two times that the pipeline is empty.</param>
/// <param name="Schedule">The schedule's name, for people.</param>
public sealed record ExecutionPlan(
    long MiniBatch,
    string Schedule,
    DeviceMesh Mesh,
    ImmutableArray<PlannedStage> Stages,
    ImmutableArray<ChannelDecl> Channels,
    ImmutableArray<DeviceActions> Devices)
{
    /// <summary>
    /// Of an asynchronous plan: samples between two updates of a stage, a generation; it divides the mini-batch. Null where the one update comes after all.
    /// </summary>
    public long? Generation { get; init; }

    /// <summary>Updates that a mini-batch of so many samples makes.</summary>
    public int Updates(long samples) => Generation is { } generation ? (int)((samples + generation - 1) / generation) : 1;

    /// <summary>The generation that an action belongs to, from 0.</summary>
    public int GenerationOf(in PlanAction action) => Generation is { } generation ? (int)(action.Range.Start / generation) : 0;

    public PlannedStage this[StageId id] => Stages[id.Value];

    public ChannelDecl this[ChannelId id] => Channels[id.Value];

    /// <summary>The stages on a device, in the plan's order.</summary>
    public IEnumerable<PlannedStage> StagesOn(DeviceId device) => Stages.Where(s => s.Device == device);

    public DeviceId DeviceOf(StageId id) => Stages[id.Value].Device;

    /// <summary>The stage that an action belongs to: of a message the one at the device's own end of the channel.</summary>
    public PlannedStage StageOf(in PlanAction action) => this[action.Kind switch
    {
        ActionKind.Send => this[action.Channel].From,
        ActionKind.Recv => this[action.Channel].To,
        _ => action.Stage,
    }];
}
