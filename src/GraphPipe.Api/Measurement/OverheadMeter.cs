using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using GraphPipe.Runtime;

namespace GraphPipe;

/// <summary>What steps cost beside their kernel calls, from time lines of real steps.</summary>
public sealed class OverheadMeter
{
    private readonly List<double> _actions = [];
    private readonly List<double> _steps = [];
    private readonly List<double> _wakes = [];
    private readonly Dictionary<long, List<double>> _copies = [];

    /// <summary>Takes up a step.</summary>
    /// <param name="plan">What was run.</param>
    /// <param name="timeline">Of one step.</param>
    /// <param name="whole">The step as its caller saw it.</param>
    public void Add(ExecutionPlan plan, ImmutableArray<ActionTiming> timeline, Microseconds whole)
    {
        var sends = new Dictionary<(ChannelId, SampleRange), Microseconds>();
        foreach (var timing in timeline.Where(t => t.Action.Kind == ActionKind.Send))
            sends[(timing.Action.Channel, timing.Action.Range)] = timing.End;
        foreach (var timing in timeline)
        {
            // Copies to the host and back run beside the device.
            if (timing.Action.IsCopy)
                continue;
            if (timing.Action.Kind is not (ActionKind.Send or ActionKind.Recv))
            {
                _actions.Add((timing.Busy - timing.Kernels).Value);
                continue;
            }

            long bytes = plan[timing.Action.Channel].MessageSize(Math.Max(1, timing.Action.Range.Count)).Value;
            if (!_copies.TryGetValue(bytes, out var copies))
                _copies.Add(bytes, copies = []);
            copies.Add(timing.Busy.Value);
            // Only a receiver that was there before the message had to be woken.
            if (timing.Action.Kind == ActionKind.Recv && sends[(timing.Action.Channel, timing.Action.Range)] is var sent && timing.Start < sent)
                _wakes.Add((timing.Start + timing.Wait - sent).Value);
        }

        _steps.Add((whole - new Microseconds(timeline.Max(t => t.End.Value) - timeline.Min(t => t.Start.Value))).Value);
    }

    /// <summary>Of all steps so far; zeros before the first.</summary>
    public ProfiledOverheads Result()
    {
        var action = Rounded(_actions, Statistics.Median);
        // A thread that is to be woken waits as long as another process has its core, which says nothing about a machine that is free: the lower quartile.
        return new ProfiledOverheads(action, Rounded(_steps, Statistics.LowerQuartile), _copies.Count == 0 ? null : Fit(action), Rounded(_wakes, Statistics.LowerQuartile));
    }

    // The line through the medians of the sizes; Theil and Sen's slope (the median over all pairs), since single sizes are off where they just exceed a cache.
    private Link Fit(Microseconds action)
    {
        var points = _copies.OrderBy(c => c.Key).Select(c => (Bytes: (double)c.Key, Time: Statistics.Median(c.Value))).ToList();
        var slopes = (from i in Enumerable.Range(0, points.Count) from j in Enumerable.Range(i + 1, points.Count - i - 1) select (points[j].Time - points[i].Time) / (points[j].Bytes - points[i].Bytes)).ToList();
        double slope = slopes.Count == 0 ? Math.Max(0, points[0].Time - action.Value) / points[0].Bytes : Statistics.Median(slopes);
        double latency = Statistics.Median(points.Select(p => p.Time - slope * p.Bytes));
        // A copy that is too small to be measured costs its bytes nothing: 1e6 bytes per microsecond is no machine's memory.
        return new Link(slope > 1e-6 ? Math.Round(1 / slope, 3) : 1e6, new(Math.Round(Math.Max(0, latency), 3)));
    }

    private static Microseconds Rounded(List<double> values, Func<IEnumerable<double>, double> statistic) => new(values.Count == 0 ? 0 : Math.Round(Math.Max(0, statistic(values)), 3));
}
