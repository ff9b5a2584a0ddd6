using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>How two tasks that are issued together (<see cref="ScheduleTask.WithNext"/>) run.</summary>
public enum OverlapMode
{
    /// <summary>The forward, then the backward, each when it is ready.</summary>
    Sum,

    /// <summary>As one block that lasts as long as the longer of the two; both start and end together.</summary>
    Max,
}

/// <summary>A task and when it ran, in the unit of the costs.</summary>
public readonly record struct TimedTask(ScheduleTask Task, double Start, double End);

/// <summary>A device that can't go on.</summary>
/// <param name="Position">Of <paramref name="Task"/> in the device's list, from 0.</param>
/// <param name="WaitsFor">In words.</param>
public sealed record BlockedDevice(DeviceId Device, int Position, ScheduleTask Task, string WaitsFor)
{
    public override string ToString() => $"{Device} at {Position}, {Task}, waits for {WaitsFor}";
}

/// <summary>What one device of a schedule did.</summary>
/// <param name="PeakInFlight">
/// The most activations held at a time, one per stage and micro-batch: from forward to backward (or its weight part), in order of the list.
/// What is recomputed is held from then on only, and what is offloaded not while it is away.
/// </param>
public sealed record DeviceWork(DeviceId Device, ImmutableArray<TimedTask> Tasks, double Busy, int PeakInFlight)
{
    /// <summary>When everything is done. A device takes its tasks one after the other, so that is the end of the last.</summary>
    public double End { get; } = Tasks.IsEmpty ? 0 : Tasks[^1].End;

    /// <summary>From the start of the first forward or backward to the end of the last.</summary>
    public double OwnSpan { get; } = OwnSpanOf(Tasks);

    private static double OwnSpanOf(ImmutableArray<TimedTask> tasks)
    {
        double first = double.PositiveInfinity, last = double.NegativeInfinity;
        foreach (var (task, start, end) in tasks)
        {
            if (task.IsCompute)
                (first, last) = (Math.Min(first, start), Math.Max(last, end));
        }

        return last > first ? last - first : 0;
    }
}

/// <summary>The time line of a schedule whose messages never wait for room.</summary>
/// <param name="Blocked">Empty if the schedule comes to its end.</param>
public sealed record ScheduleTimeline(ImmutableArray<DeviceWork> Devices, ImmutableArray<BlockedDevice> Blocked)
{
    public double Makespan { get; } = Devices.Select(d => d.End).DefaultIfEmpty(0).Max();

    public double LongestOwnSpan => Devices.Select(d => d.OwnSpan).DefaultIfEmpty(0).Max();

    /// <summary>Share of the makespan in which a device is idle.</summary>
    public double BubbleFraction(DeviceWork device) => Makespan > 0 ? (Makespan - device.Busy) / Makespan : 0;

    /// <summary>Null if the schedule comes to its end.</summary>
    public string? Deadlock => Blocked.IsEmpty ? null : string.Join("; ", Blocked);
}
