using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>What a cell of a schedule's table says. The first four compute; schedules here give these, recomputation and copies to the host, and tables of others may have the rest.</summary>
public enum TaskKind
{
    Forward,

    /// <summary>The whole backward.</summary>
    Backward,

    BackwardInput,
    BackwardWeight,

    /// <summary>The forward again, right before the backward of the same micro-batch.</summary>
    Recompute,

    SendForward,
    ReceiveForward,
    SendBackward,
    ReceiveBackward,

    /// <summary>The copy of an activation to the host begins.</summary>
    OffloadStart,

    /// <summary>The copy has left the device.</summary>
    OffloadEnd,

    /// <summary>Room is taken for its return.</summary>
    ReloadPrepare,

    ReloadStart,

    /// <summary>The entry closes, after its last use.</summary>
    ReloadEnd,

    /// <summary>The stage's parameters are gathered.</summary>
    Unshard,

    Reshard,
    ReduceGradient,
}

/// <summary>One piece of work of a device.</summary>
/// <param name="MicroBatch">−1 where there is none: <see cref="TaskKind.Unshard"/> and what follows it.</param>
/// <param name="WithNext">
/// Issued together with the task that follows it in the list, so that the two overlap: a forward, then the whole backward of another micro-batch
/// (DualPipe). Who can't overlap runs them one after the other.
/// </param>
public readonly record struct ScheduleTask(TaskKind Kind, StageId Stage, MicroBatch MicroBatch, bool WithNext = false)
{
    public bool IsForward => Kind == TaskKind.Forward;

    /// <summary>Whether it is a forward, a backward or a part of one.</summary>
    public bool IsCompute => Kind <= TaskKind.BackwardWeight;

    /// <summary>Whether it is about a copy to the host or back.</summary>
    public bool IsCopy => Kind is >= TaskKind.OffloadStart and <= TaskKind.ReloadEnd;

    /// <summary>Whether it sends or receives.</summary>
    public bool IsMessage => Kind is >= TaskKind.SendForward and <= TaskKind.ReceiveBackward;

    /// <summary>The action of a plan that does it.</summary>
    /// <exception cref="InvalidOperationException">It is not <see cref="IsCompute"/>.</exception>
    public ActionKind Action => Kind switch
    {
        TaskKind.Forward => ActionKind.Forward,
        TaskKind.Backward => ActionKind.Backward,
        TaskKind.BackwardInput => ActionKind.BackwardInput,
        TaskKind.BackwardWeight => ActionKind.BackwardWeight,
        _ => throw new InvalidOperationException($"{this} is no compute action"),
    };

    /// <summary>The kind that <see cref="Action"/> says of a compute action.</summary>
    /// <exception cref="InvalidOperationException">The action does not compute.</exception>
    public static TaskKind KindOf(ActionKind action) => action switch
    {
        ActionKind.Forward => TaskKind.Forward,
        ActionKind.Backward => TaskKind.Backward,
        ActionKind.BackwardInput => TaskKind.BackwardInput,
        ActionKind.BackwardWeight => TaskKind.BackwardWeight,
        _ => throw new InvalidOperationException($"{action} is no compute action"),
    };

    /// <summary>E.g. <c>0F3</c>, as in tables.</summary>
    public override string ToString() => ScheduleNotation.Write(this);
}

/// <summary>A schedule: the order of work per device. A device may run several stages, and a backward may be in two parts.</summary>
/// <param name="Devices">By <see cref="DeviceId"/>; empty for a device that stays idle.</param>
public sealed record PipelineSchedule(string Name, ImmutableArray<ImmutableArray<ScheduleTask>> Devices)
{
    /// <summary>Null: one update, after all work.</summary>
    public AsynchronousUpdates? Updates { get; init; }

    public ImmutableArray<ScheduleTask> this[DeviceId device] => Devices[device.Value];
}
