using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>How the time of an op at a size is known.</summary>
public enum TimeSource
{
    Measured,

    /// <summary>From measured sizes on both sides of it.</summary>
    Interpolated,

    /// <summary>From measured sizes that are all smaller, or all larger.</summary>
    Extrapolated,

    /// <summary>By a device model that is corrected by similar ops.</summary>
    Predicted,
}

/// <summary>How many of a plan's nodes, or a program's calls, have their times from where.</summary>
public readonly record struct ProfileCoverage(int Measured, int Interpolated, int Extrapolated, int Predicted)
{
    public static ProfileCoverage Of(IEnumerable<TimeSource> sources)
    {
        var counts = sources.CountBy(s => s).ToDictionary();
        return new(counts.GetValueOrDefault(TimeSource.Measured), counts.GetValueOrDefault(TimeSource.Interpolated), counts.GetValueOrDefault(TimeSource.Extrapolated), counts.GetValueOrDefault(TimeSource.Predicted));
    }

    public override string ToString() => $"{Measured} measured, {Interpolated} interpolated, {Extrapolated} extrapolated, {Predicted} predicted";
}

/// <summary>
/// Op times from a profile. Between measured sizes times are linear, beyond them linear through the nearest two, as in <see cref="TimeTable"/>. An op
/// that does no work per sample (an update, a transposed weight) takes the same time at every size. An op that was never measured
/// gets the device model's time, corrected by how long ops of the same operator took compared with the model (the median of the ratios), or
/// where there are none, all ops.
/// </summary>
public sealed class ProfiledCosts : IOpCosts
{
    private readonly Dictionary<OpKey, OpProfile> _ops;
    private readonly AnalyticCosts _model;
    private readonly Dictionary<string, double> _ratios;
    private readonly double _ratioOfAll;

    public ProfiledCosts(Profile profile)
    {
        Profile = profile;
        _ops = profile.Ops.ToDictionary(o => o.Key);
        _model = new AnalyticCosts(DeviceModel.Of(profile.Devices.Kind));
        var ratios = profile.Ops.SelectMany(RatiosOf).ToList();
        _ratios = ratios.GroupBy(r => r.Operator, r => r.Ratio).ToDictionary(g => g.Key, Statistics.Median, StringComparer.Ordinal);
        _ratioOfAll = ratios.Count == 0 ? 1 : Statistics.Median(ratios.Select(r => r.Ratio));
    }

    public Profile Profile { get; }

    public TimeTable Table(in CostedOp op, long largest)
    {
        if (op.Work.Launches == 0)
            return TimeTable.Zero;
        if (Find(op) is not { } times)
            return _model.Table(op.Work, largest).Scale(_ratios.GetValueOrDefault(op.Key.Operator, _ratioOfAll));
        return op.Work.IsFixed
            ? TimeTable.Constant(new Microseconds(Statistics.Median(times.Values.Select(t => t.Median.Value))))
            : new TimeTable(Rising(times));
    }

    // More samples never take less time; where noise says so, a line through the last two sizes would fall for ever.
    private static IEnumerable<TimePoint> Rising(IReadOnlyDictionary<long, MeasuredTime> times)
    {
        var most = Microseconds.Zero;
        foreach (var (samples, time) in times.OrderBy(t => t.Key))
        {
            most = time.Median > most ? time.Median : most;
            yield return new TimePoint(samples, most);
        }
    }

    /// <summary>How the time of an op at a size is known.</summary>
    /// <param name="samples">Samples on one device.</param>
    public TimeSource SourceOf(in CostedOp op, long samples) =>
        op.Work.Launches == 0 ? TimeSource.Measured
        : Find(op) is not { } times ? TimeSource.Predicted
        : op.Work.IsFixed || times.ContainsKey(samples) ? TimeSource.Measured
        : times.Keys.Any(k => k < samples) && times.Keys.Any(k => k > samples) ? TimeSource.Interpolated
        : TimeSource.Extrapolated;

    // An op that was measured in another phase only is still better known than any prediction. Both backwards run in one function, so they come first.
    private IReadOnlyDictionary<long, MeasuredTime>? Find(CostedOp op) =>
        !_ops.TryGetValue(op.Key, out var known) ? null
        : known.Times.TryGetValue(op.Phase, out var same) ? same
        : known.Times.OrderBy(t => IsBackward(op.Phase) && !IsBackward(t.Key) ? 1 : 0).ThenBy(t => Math.Abs((int)t.Key - (int)op.Phase)).Select(t => t.Value).FirstOrDefault();

    private static bool IsBackward(OpPhase phase) => phase is OpPhase.BackwardInput or OpPhase.BackwardWeight;

    private IEnumerable<(string Operator, double Ratio)> RatiosOf(OpProfile op) =>
        from phase in op.Times.Values
        from time in phase
        let modelled = _model.Time(op.Work, time.Key)
        where modelled.Value > 0
        select (op.Key.Operator, time.Value.Median.Value / modelled.Value);
}
