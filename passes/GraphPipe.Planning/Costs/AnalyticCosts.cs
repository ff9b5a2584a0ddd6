using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>An amount of work: arithmetic and memory traffic, a part per sample and a part (weights) that does not depend on the samples.</summary>
public readonly record struct Work(double FlopsPerSample, double BytesPerSample, double FixedBytes, int Launches)
{
    public static Work operator +(Work a, Work b) =>
        new(a.FlopsPerSample + b.FlopsPerSample, a.BytesPerSample + b.BytesPerSample, a.FixedBytes + b.FixedBytes, a.Launches + b.Launches);
}

/// <summary>Costs predicted by a device model, for models that nobody measured.</summary>
public sealed class AnalyticCosts(DeviceModel model)
{
    /// <summary>Time of one operator on <paramref name="samples"/> samples.</summary>
    public Microseconds Time(Work work, long samples) =>
        work.Launches == 0
            ? Microseconds.Zero
            : model.Time(work.FlopsPerSample * samples / work.Launches, (work.BytesPerSample * samples + work.FixedBytes) / work.Launches) * work.Launches;

    /// <summary>A table over the micro-batch sizes 1, 2, 4 … up to <paramref name="largest"/>, and <paramref name="largest"/> itself.</summary>
    public TimeTable Table(Work work, long largest)
    {
        var points = new List<TimePoint>();
        if (work.Launches == 0)
            return TimeTable.Zero;
        for (long samples = 1; samples < largest; samples *= 2)
            points.Add(new TimePoint(samples, Time(work, samples)));
        points.Add(new TimePoint(Math.Max(1, largest), Time(work, Math.Max(1, largest))));
        return new TimeTable(points);
    }
}
