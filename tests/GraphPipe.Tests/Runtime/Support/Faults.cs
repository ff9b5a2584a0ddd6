using GraphPipe.Bundle;
using GraphPipe.Runtime;

namespace GraphPipe.Tests.Runtime;

/// <summary>Where a fault strikes: the first action of a kind that a device has for a micro-batch, in a step counted from 1.</summary>
internal sealed record FaultPlace(int Device, ActionKind Kind, int MicroBatch, int Step)
{
    private int _target = -1;
    private int _met;

    public bool IsMet(DeviceId device, PlanAction action)
    {
        if (device.Value != Device || action.Kind != Kind || action.MicroBatch.Index != MicroBatch)
            return false;
        // A device may have several channels; the first one counts.
        _target = _target < 0 ? action.Target : _target;
        return action.Target == _target && ++_met == Step;
    }
}

/// <summary>A device that stands still before an action, until the test lets it go.</summary>
internal sealed class StoppedDevice(FaultPlace place) : Interference, IDisposable
{
    private readonly ManualResetEventSlim _released = new();

    public void Dispose() => _released.Set();

    public override bool Before(DeviceId device, PlanAction action)
    {
        if (place.IsMet(device, action))
            _released.Wait();
        return true;
    }
}

/// <summary>A device whose thread ends before an action.</summary>
internal sealed class KilledDevice(FaultPlace place) : Interference
{
    public override bool Before(DeviceId device, PlanAction action) => !place.IsMet(device, action);
}

/// <summary>A channel that delivers nothing from a micro-batch of some step on.</summary>
internal sealed class BrokenChannel(int channel, int microBatch, int step) : Interference
{
    private int _met;

    public override bool Delivers(PlanAction send)
    {
        if (send.Target != channel)
            return true;
        if (send.MicroBatch.Index == microBatch)
            _met++;
        return _met < step;
    }
}

/// <summary>A device that takes every action's time twice, once it is told to.</summary>
internal sealed class TwiceAsSlow(int device) : Interference
{
    public volatile bool IsSlow;

    public override void After(DeviceId at, PlanAction action, long ticks)
    {
        if (IsSlow && at.Value == device)
            Thread.Sleep(TimeSpan.FromSeconds((double)ticks / System.Diagnostics.Stopwatch.Frequency));
    }
}

/// <summary>A copy to or from the host that stands still until the test lets it go, or that is made and never reported.</summary>
internal sealed class BrokenCopy(FaultPlace place, bool isLost) : Interference, IDisposable
{
    private readonly ManualResetEventSlim _released = new();

    public void Dispose() => _released.Set();

    public override bool Copied(DeviceId device, PlanAction copy)
    {
        if (!place.IsMet(device, copy))
            return true;
        if (!isLost)
            _released.Wait();
        return !isLost;
    }
}
