using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>A device's memory from a moment on.</summary>
public readonly record struct CurvePoint(Microseconds Time, Bytes Bytes);

/// <summary>
/// A device's memory over a simulated mini-batch: what is there from load to end, and what micro-batches save, from the begin of FORWARD or RELOAD to the end of the
/// backward (its weight part) or OFFLOAD.
/// </summary>
public static class MemoryCurve
{
    /// <summary>The moments at which it changes, ascending, the first at 0; of several at one moment the last is the level from there on.</summary>
    public static ImmutableArray<CurvePoint> Of(ExecutionPlan plan, SimulationCosts costs, DeviceTimeline device)
    {
        var points = ImmutableArray.CreateBuilder<CurvePoint>();
        var bytes = Fixed(plan, costs, device.Device);
        points.Add(new(Microseconds.Zero, bytes));
        foreach (var (time, change) in Changes(costs, device.Actions))
        {
            bytes += change;
            // What rises and falls in one moment is a point for each, so that the peak is seen and the level is right.
            if (points[^1].Time == time && bytes >= points[^1].Bytes)
                points[^1] = new(time, bytes);
            else
                points.Add(new(time, bytes));
        }

        return points.ToImmutable();
    }

    /// <summary>Its highest point; zero if memory was not given.</summary>
    public static Bytes Peak(ExecutionPlan plan, SimulationCosts costs, DeviceId device, IReadOnlyList<TimedAction> actions)
    {
        Bytes bytes = Fixed(plan, costs, device), peak = bytes;
        foreach (var (_, change) in Changes(costs, actions))
        {
            bytes += change;
            peak = Bytes.Max(peak, bytes);
        }

        return peak;
    }

    /// <summary>The most that waits on the host at a time: from the begin of OFFLOAD to the end of RELOAD.</summary>
    public static Bytes HostPeak(SimulationCosts costs, IReadOnlyList<TimedAction> actions)
    {
        Bytes bytes = Bytes.Zero, peak = Bytes.Zero;
        var changes = actions.Where(a => a.Action.IsCopy).Select(a => a.Action.Kind == ActionKind.Offload ? (Time: a.Start, Sign: 1, a.Action.Target) : (Time: a.End, Sign: -1, a.Action.Target));
        foreach (var (_, sign, stage) in changes.OrderBy(c => c.Time).ThenByDescending(c => c.Sign))
        {
            bytes += costs.Memory[stage].PerMicroBatch * sign;
            peak = Bytes.Max(peak, bytes);
        }

        return peak;
    }

    private static Bytes Fixed(ExecutionPlan plan, SimulationCosts costs, DeviceId device) =>
        costs.Memory.IsDefaultOrEmpty ? Bytes.Zero : plan.StagesOn(device).Aggregate(Bytes.Zero, (sum, s) => sum + costs.Memory[s.Id.Value].Fixed);

    // Work is in the order of time already, and what it frees is free for the work after it. Only copies run beside it.
    private static IEnumerable<(Microseconds Time, Bytes Change)> Changes(SimulationCosts costs, IReadOnlyList<TimedAction> actions)
    {
        if (costs.Memory.IsDefaultOrEmpty)
            return [];
        var changes = actions.Where(a => a.Action.IsCompute || a.Action.IsCopy).Select(a => ChangeOf(costs, a));
        return actions.Any(a => a.Action.IsCopy) ? changes.OrderBy(c => c.Time) : changes;
    }

    private static (Microseconds Time, Bytes Change) ChangeOf(SimulationCosts costs, in TimedAction timed)
    {
        var saved = costs.Memory[timed.Action.Target].PerMicroBatch;
        return timed.Action.Kind switch
        {
            ActionKind.Forward or ActionKind.Reload => (timed.Start, saved),
            ActionKind.BackwardInput => (timed.End, Bytes.Zero),
            _ => (timed.End, saved * -1),
        };
    }
}
