using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>A device that takes much longer for the same work than it did, or than its peers do.</summary>
/// <param name="Times">How many times as long, in the last step.</param>
/// <param name="IsAgainstPeers">Compared with the devices that run other replicas of its stages; else with its own earlier steps.</param>
public sealed record SlowDevice(DeviceId Device, DeviceName Name, double Times, bool IsAgainstPeers);

/// <summary>
/// Finds devices that are slow, from the time that each spends in its actions, step by step. What slows all devices down alike (another program on the
/// machine) is no device's fault: a device's change is seen against that of the others, and what it usually takes is remembered without it. One slow step is noise: three in a row count.
/// </summary>
/// <param name="names">By device.</param>
/// <param name="peers">By device, a name that devices with the same work share.</param>
internal sealed class SlowDeviceDetector(ImmutableArray<DeviceName> names, ImmutableArray<string> peers)
{
    /// <summary>Between noise and twice as slow.</summary>
    private const double Threshold = 1.6;

    private const int InARow = 3;

    /// <summary>The first steps compile kernels and fill caches.</summary>
    private const int WarmUp = 2;

    /// <summary>Steps that the usual time is the median of, and how few of them say something.</summary>
    private const int Remembered = 9, Enough = 3;

    private readonly List<double>[] _usual = [.. peers.Select(_ => new List<double>())];
    private readonly int[] _slowSteps = new int[peers.Length];
    private int _steps;

    /// <summary>Takes up a step with the same work as those before.</summary>
    /// <param name="busy">By device, time in actions without waiting, in any unit; 0 for a device without work.</param>
    /// <returns>The devices that were slow in this and the two steps before, with their factors.</returns>
    public ImmutableArray<SlowDevice> Observe(ReadOnlySpan<double> busy)
    {
        if (++_steps <= WarmUp)
            return [];
        double[] now = [.. busy], change = [.. busy];
        for (int d = 0; d < now.Length; d++)
            change[d] = _usual[d].Count >= Enough && Median(_usual[d]) is > 0 and double usual ? now[d] / usual : 1;
        var slow = ImmutableArray.CreateBuilder<SlowDevice>();
        for (int d = 0; d < now.Length; d++)
        {
            double common = Math.Max(1, Median([.. change.Where((_, other) => other != d)]));
            double peer = Median([.. now.Where((time, other) => other != d && peers[other] == peers[d] && time > 0)]);
            double history = change[d] / common, beside = peer > 0 ? now[d] / peer : 1;
            if (Math.Max(history, beside) < Threshold)
            {
                _slowSteps[d] = 0;
                Remember(d, now[d] / common);
            }
            else if (++_slowSteps[d] >= InARow)
            {
                slow.Add(new SlowDevice(new DeviceId(d), names[d], Math.Max(history, beside), beside > history));
            }
        }

        return slow.ToImmutable();
    }

    /// <summary>A name for the work of each device of a plan: the same for devices that run replicas of the same stages.</summary>
    public static ImmutableArray<string> PeersOf(ExecutionPlan plan) =>
        [.. Enumerable.Range(0, plan.Mesh.Count).Select(d => string.Join(',', plan.StagesOn(new DeviceId(d)).Select(s => s.Id.Value - s.Replica.Index)))];

    private void Remember(int device, double time)
    {
        _usual[device].Add(time);
        if (_usual[device].Count > Remembered)
            _usual[device].RemoveAt(0);
    }

    // The lower one of two in the middle: of two devices, the faster. 0 of none.
    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : sorted[(sorted.Length - 1) / 2];
    }
}
