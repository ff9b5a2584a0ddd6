using System.Collections.Immutable;

namespace GraphPipe.Report;

/// <summary>What the numbers of a time line count.</summary>
public enum TimeUnit
{
    Microseconds,

    /// <summary>The unit of the costs that a schedule was timed with.</summary>
    Cost,
}

/// <summary>What a device's memory amounted to from a time on.</summary>
public readonly record struct MemoryPoint(double Time, long Bytes);

/// <summary>What one device did.</summary>
/// <param name="Works">By start; of equal starts in the order in which they ran.</param>
/// <param name="Memory">By time; empty where it is not known.</param>
public sealed record DeviceLine(string Name, ImmutableArray<TimedWork> Works, ImmutableArray<MemoryPoint> Memory)
{
    /// <summary>Time in which the device was occupied: computing, and copying messages where it does that itself.</summary>
    public double Busy { get; } = Occupied(Works);

    /// <summary>Whether copies to the host and back ran beside it.</summary>
    public bool HasCopies { get; } = Works.Any(w => w.Work.IsCopy);

    public double End { get; } = Works.Select(w => w.End).DefaultIfEmpty(0).Max();

    // Two works that are issued together may lie over each other; their time counts once.
    private static double Occupied(ImmutableArray<TimedWork> works)
    {
        double busy = 0, until = double.NegativeInfinity;
        foreach (var work in works.Where(w => !w.Work.IsCopy))
        {
            busy += Math.Max(0, work.End - Math.Max(work.Start, until));
            until = Math.Max(until, work.End);
        }

        return busy;
    }
}

/// <summary>
/// When each device did what: of a schedule or a plan that was simulated, or of a run that was measured, all in one form, so that they can be drawn,
/// written and laid over each other alike.
/// </summary>
/// <param name="Name">What it is of, for titles.</param>
/// <param name="Stages">Names of the stages, by number.</param>
/// <param name="Channels">Names of the channels, by number; empty where there are only works.</param>
public sealed record TimeLine(string Name, TimeUnit Unit, ImmutableArray<string> Stages, ImmutableArray<string> Channels, ImmutableArray<DeviceLine> Devices)
{
    /// <summary>When everything is done, counted from 0.</summary>
    public double Makespan { get; } = Devices.Select(d => d.End).DefaultIfEmpty(0).Max();

    /// <summary>The share of the makespan in which devices are idle, on average.</summary>
    public double IdleFraction => Makespan > 0 ? 1 - Devices.Average(d => d.Busy) / Makespan : 0;

    /// <summary>Micro-batches that have work on it.</summary>
    public int MicroBatches => 1 + Devices.SelectMany(d => d.Works).Where(w => !w.Work.IsMessage).Select(w => w.Work.MicroBatch.Index).DefaultIfEmpty(-1).Max();

    /// <summary>The name of what a work is about.</summary>
    public string NameOf(Work work) => work.IsMessage ? Channels[work.Target] : Stages[work.Target];
}
