using System.Collections.Immutable;

namespace GraphPipe.Report;

/// <summary>One work on both of two time lines.</summary>
/// <param name="Device">Its position.</param>
public readonly record struct WorkPair(int Device, TimedWork Measured, TimedWork Planned)
{
    /// <summary>How much longer it took.</summary>
    public double Longer => Measured.Duration - Planned.Duration;

    /// <summary>How much later it ended.</summary>
    public double Later => Measured.End - Planned.End;
}

/// <summary>
/// Two time lines of one plan, as a rule one that was measured and the simulator's: work by work. A work is the same on both if device, kind, stage or channel,
/// micro-batch and samples are.
/// </summary>
/// <param name="Pairs">By device, then by the measured start.</param>
/// <param name="OnlyMeasured">Works that the second does not have.</param>
/// <param name="OnlyPlanned">Works that the first does not have.</param>
public sealed record TimeLineComparison(TimeLine Measured, TimeLine Planned, ImmutableArray<WorkPair> Pairs, int OnlyMeasured, int OnlyPlanned)
{
    /// <exception cref="ArgumentException">They have different numbers of devices, or count time in different units.</exception>
    public static TimeLineComparison Of(TimeLine measured, TimeLine planned)
    {
        if (Hindrance(measured, planned) is { } hindrance)
            throw new ArgumentException(hindrance, nameof(planned));
        var pairs = ImmutableArray.CreateBuilder<WorkPair>();
        int alone = 0, planAlone = 0;
        for (int device = 0; device < measured.Devices.Length; device++)
        {
            var open = new Dictionary<Work, Queue<TimedWork>>();
            foreach (var work in planned.Devices[device].Works)
            {
                if (!open.TryGetValue(work.Work, out var queue))
                    open.Add(work.Work, queue = new());
                queue.Enqueue(work);
            }

            foreach (var work in measured.Devices[device].Works)
            {
                if (open.TryGetValue(work.Work, out var queue) && queue.TryDequeue(out var partner))
                    pairs.Add(new(device, work, partner));
                else
                    alone++;
            }

            planAlone += open.Values.Sum(q => q.Count);
        }

        return new(measured, planned, pairs.ToImmutable(), alone, planAlone);
    }

    /// <summary>Why two time lines can't be compared, in words; null if they can.</summary>
    public static string? Hindrance(TimeLine measured, TimeLine planned) =>
        measured.Unit != planned.Unit ? "one counts microseconds, the other units of cost"
        : measured.Devices.Length != planned.Devices.Length ? $"one has {measured.Devices.Length} devices, the other {planned.Devices.Length}"
        : null;

    /// <summary>One time line with the two rows of each device one below the other: the measured, then the planned.</summary>
    public TimeLine Overlaid()
    {
        var devices = Measured.Devices.Zip(Planned.Devices, (a, b) => new[]
        {
            a with { Name = $"{a.Name} measured" },
            b with { Name = $"{b.Name} planned" },
        });
        return Measured with { Name = $"{Measured.Name} against {Planned.Name}", Devices = [.. devices.SelectMany(d => d)] };
    }
}
