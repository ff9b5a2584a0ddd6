using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>One measured or modelled time.</summary>
/// <param name="Samples">Size of the micro-batch on one device.</param>
public readonly record struct TimePoint(long Samples, Microseconds Time);

/// <summary>
/// A node's time over micro-batch sizes: linear between the given sizes, beyond them linear through the nearest two (never below zero), with one
/// size alone proportional to it, with none zero.
/// </summary>
public sealed class TimeTable
{
    public static readonly TimeTable Zero = new([]);

    /// <param name="points">In any order; no size twice.</param>
    public TimeTable(IEnumerable<TimePoint> points) => Points = [.. points.OrderBy(p => p.Samples)];

    /// <summary>In ascending order of size.</summary>
    public ImmutableArray<TimePoint> Points { get; }

    /// <summary>A table for a time that is proportional to the number of samples.</summary>
    public static TimeTable Proportional(Microseconds perSample) => new([new TimePoint(1, perSample)]);

    /// <summary>A table for a time that does not depend on the samples.</summary>
    public static TimeTable Constant(Microseconds time) => new([new TimePoint(1, time), new TimePoint(2, time)]);

    /// <summary>The sum of tables, exact at every size that one of them has.</summary>
    public static TimeTable Sum(IReadOnlyCollection<TimeTable> tables) =>
        new(tables.SelectMany(t => t.Points).Select(p => p.Samples).Distinct().Select(s => new TimePoint(s, new(tables.Sum(t => t.At(s).Value)))));

    /// <summary>All times multiplied.</summary>
    public TimeTable Scale(double factor) => new(Points.Select(p => p with { Time = p.Time * factor }));

    public Microseconds At(long samples)
    {
        if (Points.Length == 0)
            return Microseconds.Zero;
        if (Points.Length == 1)
            return Points[0].Time * ((double)samples / Points[0].Samples);
        int right = 1;
        while (right < Points.Length - 1 && Points[right].Samples < samples)
            right++;
        var (a, b) = (Points[right - 1], Points[right]);
        double slope = (b.Time.Value - a.Time.Value) / (b.Samples - a.Samples);
        return new Microseconds(Math.Max(0, a.Time.Value + slope * (samples - a.Samples)));
    }
}
