using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning.Profiles;

public class ProfileMergeTests
{
    private static readonly Work Work = new(1, 2, 3, 1);

    [Fact]
    public void Equal_points_are_averaged_by_their_runs_and_others_joined()
    {
        OpProfile Of(string node, long samples, MeasuredTime time, OpPhase phase = OpPhase.Forward) =>
            Profiles.Op("A(f32[N]) -> f32[N]", Work, phase, (samples, 0)) with { Nodes = [node], Times = Profiles.Op("", Work, phase, (samples, 0)).Times.SetItem(phase, Profiles.Times((samples, time))) };
        var a = Profiles.Of(Of("first", 2, new(new(10), new(1), 30)), Profiles.Op("B() -> ", Work, OpPhase.Update, (1, 1)));
        var b = Profiles.Of(Of("second", 2, new(new(14), new(2), 10))) with { Date = a.Date.AddDays(1) };
        var c = Profiles.Of(Of("first", 4, new(new(20), new(3), 5), OpPhase.BackwardInput));
        var bag = new DiagnosticBag();
        var merged = ProfileMerge.Of([("a", a), ("b", b), ("c", c)], bag)!;
        Assert.Empty(bag.All);
        Assert.Equal(b.Date, merged.Date);
        Assert.Equal(["A(f32[N]) -> f32[N]", "B() -> "], merged.Ops.Select(o => o.Key.Text));
        Assert.Equal(["first", "second"], merged.Ops[0].Nodes);
        // (10·30 + 14·10) / 40; the spreads' average 1.25 is less than the distance of the medians.
        Assert.Equal(new MeasuredTime(new(11), new(4), 40), merged.Ops[0].Times[OpPhase.Forward][2]);
        Assert.Equal(new MeasuredTime(new(20), new(3), 5), merged.Ops[0].Times[OpPhase.BackwardInput][4]);
    }

    [Fact]
    public void Overheads_are_the_middle_ones()
    {
        Profile With(double action, Link? copy) => Profiles.Of() with { Overheads = new(new(action), new(0), copy, new(0)) };
        var merged = ProfileMerge.Of([("a", With(1, null)), ("b", With(9, new(100, new(2)))), ("c", With(2, null))], new())!;
        Assert.Equal(new ProfiledOverheads(new(2), new(0), new Link(100, new(2)), new(0)), merged.Overheads);
    }

    [Fact]
    public void Unlike_machines_and_devices_are_refused_by_name()
    {
        var bag = new DiagnosticBag();
        var one = Profiles.Of();
        Assert.Null(ProfileMerge.Of([("a", one), ("b", one with { Machine = Profiles.Machine with { Processor = "6502" } }), ("c", one with { Devices = new("cpu", 1, 2) })], bag));
        Assert.Equal(["b", "c"], bag.All.Select(d => d.Location));
        Assert.All(bag.All, d => Assert.Equal(Codes.ProfilesDiffer, d.Code));
        Assert.Contains("6502", bag.All[0].Message);
        Assert.Contains("cpu:1, 2 threads each", bag.All[1].Message);
    }
}
