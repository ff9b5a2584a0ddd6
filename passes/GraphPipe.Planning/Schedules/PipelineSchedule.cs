using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>A piece of compute work; <see cref="Kind"/> is Forward, Backward, BackwardInput or BackwardWeight.</summary>
public readonly record struct ScheduleTask(ActionKind Kind, StageId Stage, MicroBatch MicroBatch)
{
    /// <summary>E.g. <c>0F3</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Stage.Value}{Kind switch { ActionKind.Forward => 'F', ActionKind.Backward => 'B', ActionKind.BackwardInput => 'I', _ => 'W' }}{MicroBatch.Index}");
}

/// <summary>A schedule: the order of compute work per device. A device may run several stages, and a backward may be in two parts.</summary>
/// <param name="Devices">By <see cref="DeviceId"/>; empty for a device that stays idle.</param>
public sealed record PipelineSchedule(string Name, ImmutableArray<ImmutableArray<ScheduleTask>> Devices)
{
    public ImmutableArray<ScheduleTask> this[DeviceId device] => Devices[device.Value];
}
