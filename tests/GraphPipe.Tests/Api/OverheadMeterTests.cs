using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using GraphPipe.Runtime;
using GraphPipe.Tests.Planning;
using Xunit;

namespace GraphPipe.Tests.Api;

/// <summary>Time lines by hand.</summary>
public class OverheadMeterTests
{
    [Fact]
    public void Overheads_are_what_time_lines_have_beside_kernels()
    {
        var meter = new OverheadMeter();
        // Messages of 4 and 12 bytes take 2 and 4 at either end: 1 + 0.25 a byte. Receivers are awake 3 after the send, but for one that came late.
        meter.Add(Lowered.Chain(2, 1, "1f1b", 1), Timeline(1, copy: 2, receiverStarts: 5), new(30));
        meter.Add(Lowered.Chain(2, 1, "1f1b", 3), Timeline(3, copy: 4, receiverStarts: 5), new(34));
        meter.Add(Lowered.Chain(2, 1, "1f1b", 1), Timeline(1, copy: 2, receiverStarts: 12.5), new(27.5));
        // A forward of 10 has 9 in kernels; steps take 13 more than from first to last action.
        Assert.Equal(new ProfiledOverheads(new(1), new(13), new Link(4, new(1)), new(3)), meter.Result());
    }

    [Fact]
    public void One_size_of_messages_costs_an_action_and_its_bytes()
    {
        var meter = new OverheadMeter();
        meter.Add(Lowered.Chain(2, 1, "1f1b", 1), Timeline(1, copy: 2, receiverStarts: 5), new(30));
        Assert.Equal(new Link(4, new(1)), meter.Result().Copy); // 2 less 1 for 4 bytes
    }

    [Fact]
    public void A_device_alone_sends_nothing()
    {
        var meter = new OverheadMeter();
        meter.Add(Lowered.Chain(1, 1, "1f1b", 1), [.. Timeline(1, copy: 2, receiverStarts: 5).Take(1)], new(11.5));
        Assert.Equal(new ProfiledOverheads(new(1), new(1.5), null, new(0)), meter.Result());
    }

    // FORWARD [0,10) and SEND [10,10+copy) on one device; RECV on the other, awake at 3 behind the send's end or at once.
    private static ImmutableArray<ActionTiming> Timeline(long samples, double copy, double receiverStarts)
    {
        var range = new SampleRange(0, samples);
        double sent = 10 + copy, awake = receiverStarts > sent ? receiverStarts : sent + 3;
        return
        [
            new(new(0), PlanAction.Compute(ActionKind.Forward, new(0), new(0), range), new(0), new(10), new(0), new(9)),
            new(new(0), PlanAction.Send(new(0), new(0), range), new(10), new(sent), new(0), new(0)),
            new(new(1), PlanAction.Recv(new(0), new(0), range), new(receiverStarts), new(awake + copy), new(awake - receiverStarts), new(0)),
        ];
    }
}
