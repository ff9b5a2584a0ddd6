using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>The work of an op: arithmetic and memory traffic, a part per sample and a part (weights) that does not depend on the samples.</summary>
/// <param name="Launches">1; 0 for an op that does nothing when it runs.</param>
public readonly record struct Work(double FlopsPerSample, double BytesPerSample, double FixedBytes, int Launches)
{
    /// <summary>Whether the samples don't matter.</summary>
    public bool IsFixed => FlopsPerSample == 0 && BytesPerSample == 0;
}

/// <summary>Costs predicted by a device model, for models that nobody measured.</summary>
public sealed class AnalyticCosts(DeviceModel model) : IOpCosts
{
    /// <summary>Time of one operator on <paramref name="samples"/> samples.</summary>
    public Microseconds Time(Work work, long samples) =>
        work.Launches == 0 ? Microseconds.Zero : model.Time(work.FlopsPerSample * samples, work.BytesPerSample * samples + work.FixedBytes);

    public TimeTable Table(in CostedOp op, long largest) => Table(op.Work, largest);

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
