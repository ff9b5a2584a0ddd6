using System.Diagnostics;
using GraphPipe.Bundle;
using GraphPipe.Runtime;

namespace GraphPipe.Tests.Runtime;

/// <summary>
/// Keeps actions, sends, receives and copies waiting at random, by a seed: mostly not at all or for less than a thread needs to park, sometimes for longer
/// than all other work of a small model. Some devices and channels are slow as a whole.
/// </summary>
internal sealed class RandomDelays(long seed) : Interference
{
    private readonly CounterRandom _random = CounterRandom.Of(seed);

    public override bool Before(DeviceId device, PlanAction action)
    {
        Delay(_random.Fork(1).Fork(device.Value), action);
        return true;
    }

    public override bool Delivers(PlanAction send)
    {
        Delay(_random.Fork(2).Fork(send.Target), send);
        return true;
    }

    public override bool Copied(DeviceId device, PlanAction copy)
    {
        Delay(_random.Fork(4).Fork(device.Value), copy);
        return true;
    }

    public override void Receiving(PlanAction receive) => Delay(_random.Fork(3).Fork(receive.Target), receive);

    private static void Delay(CounterRandom place, PlanAction action)
    {
        bool isSlowPlace = place.Below(0, 4) == 0;
        var draw = place.Fork((int)action.Kind).Fork(action.Target).Fork(action.MicroBatch.Index).Fork(action.Range.Start);
        long kind = draw.Below(0, 64);
        if (kind == 0)
            Thread.Sleep(1);
        else if (kind < (isSlowPlace ? 48 : 8))
            Spin(TimeSpan.FromMicroseconds(draw.Below(1, 60)));
    }

    private static void Spin(TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < time)
            Thread.Yield();
    }
}
