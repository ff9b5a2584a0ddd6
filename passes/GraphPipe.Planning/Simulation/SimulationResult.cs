using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>An action and when it ran. Of a send and a receive, when it passed; the wait is the gap before it.</summary>
public readonly record struct TimedAction(PlanAction Action, Microseconds Start, Microseconds End);

/// <summary>What one device did.</summary>
/// <param name="Busy">Time in actions.</param>
/// <param name="Bubble">The makespan without that.</param>
/// <param name="OwnSpan">From its first compute action to the end of its last.</param>
/// <param name="PeakBytes">Of all its stages together; zero if memory was not given.</param>
/// <param name="PeakInFlight">Samples forwarded and not yet backwarded, of all its stages together.</param>
public sealed record DeviceTimeline(
    DeviceId Device, Microseconds Busy, Microseconds Bubble, Microseconds OwnSpan, Bytes PeakBytes, long PeakInFlight, ImmutableArray<TimedAction> Actions)
{
    public double BubbleFraction => Busy.Value + Bubble.Value > 0 ? Bubble.Value / (Busy.Value + Bubble.Value) : 0;
}

/// <summary>The time line of one mini-batch.</summary>
/// <param name="Devices">In the order of the plan.</param>
/// <param name="Deadlock">The circle of waits, if the plan did not come to its end; null if it did.</param>
public sealed record SimulationResult(Microseconds Makespan, ImmutableArray<DeviceTimeline> Devices, string? Deadlock);
