using CsCheck;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

public class ScheduleTunerTests
{
    /// <summary>
    /// F = I = W = 1. With one copy of the model no order is shorter than 3m + p − 1, since the last device begins at p − 1 and has 3m to do (arXiv 2401.10241); two
    /// copies on two devices begin at once, and 3m is all that there is to do.
    /// </summary>
    [Theory]
    [InlineData(3, 8, 26)]
    [InlineData(2, 4, 12)]
    public void Without_a_limit_the_shortest_is_found(int devices, int microBatches, double shortest)
    {
        var result = ScheduleTuner.Run(new(devices, 1, microBatches, new(1, 1, 1), 0, null, 2000));
        Assert.Equal(shortest, result.Best!.Makespan);
    }

    /// <summary>One activation at a time leaves no choice on a line: each micro-batch goes down and up alone, and the weight part of the first stage ends it.</summary>
    [Fact]
    public void With_room_for_one_the_only_order_is_found()
    {
        var result = ScheduleTuner.Run(new(3, 1, 4, new(1, 1, 1), 0, 1, 2000));
        Assert.Equal(1, result.Best!.Peak);
        Assert.Equal(4 * (2 * 3 + 1), result.Best.Makespan);
        Assert.Null(ScheduleTuner.Run(new(3, 2, 4, new(1, 1, 1), 0, 1, 500)).Best);
    }

    [Theory]
    [InlineData(4, 1, 12, 4)]
    [InlineData(4, 1, 12, 6)]
    [InlineData(4, 2, 10, 8)]
    public void It_stays_within_the_limit_and_is_the_same_each_time(int devices, int perDevice, int microBatches, int limit)
    {
        var problem = new TuningProblem(devices, perDevice, microBatches, new(10, 12, 8), 1, limit, 200);
        var result = ScheduleTuner.Run(problem);
        Assert.InRange(result.Tried, 1, 200);
        foreach (var found in new[] { result.Best!, result.BestProgram! })
        {
            ScheduleData.AssertValid(found.Schedule, devices * perDevice);
            var timeline = ScheduleData.Simulate(found.Schedule, 10, 12, 8, 1);
            Assert.Equal(timeline.Makespan, found.Makespan);
            Assert.InRange(timeline.Devices.Max(d => d.PeakInFlight), 1, limit);
        }

        Assert.True(result.Best!.Makespan <= result.BestProgram!.Makespan);
        var again = ScheduleTuner.Run(problem);
        Assert.Equal(Csv(result.Best), Csv(again.Best!));
        Assert.Equal(result.BestProgram.Program!.ToString(), again.BestProgram!.Program!.ToString());
        static IEnumerable<string> Csv(TunedSchedule tuned) => tuned.Schedule.Devices.Select(d => ScheduleCsv.WriteLine(d));
    }

    /// <summary>Over costs and limits: no shipped schedule that stays within the limit is shorter, and there is an order wherever one micro-batch at a time has room.</summary>
    [Fact]
    public void It_is_never_worse_than_what_is_shipped() =>
        Gen.Select(Gen.Int[2, 4], Gen.Int[1, 4], Gen.Int[1, 3], Gen.Int[1, 12].Array[4], Gen.Double[0.3, 2.2]).Sample((devices, perDevice, rounds, costs, ofOneForwardOneBackward) =>
        {
            int limit = Math.Max(1, (int)(ofOneForwardOneBackward * devices * perDevice));
            // Messages are short beside work.
            var problem = new TuningProblem(devices, perDevice, rounds * devices, new(costs[0], costs[1], costs[2]), costs[3] / 12.0 * costs.Take(3).Min(), limit, 20);
            var result = ScheduleTuner.Run(problem);
            Assert.Equal(limit >= perDevice, result.Best is not null);
            if (result.Best is not { } best)
                return;
            ScheduleData.AssertValid(best.Schedule, devices * perDevice);
            Assert.InRange(ScheduleData.Simulate(best.Schedule).Devices.Max(d => d.PeakInFlight), 1, limit);
            Assert.All(result.Shipped.Where(s => s.Result?.Peak <= limit), s => Assert.True(best.Makespan <= s.Result!.Makespan, $"{s.Name} takes {s.Result!.Makespan}, not {best.Makespan}"));
        }, iter: 40);

    /// <summary>Idle time, the makespan without the work of a device, is at least 30 % below that of the best shipped schedule within the same limit on a part of the grid of costs and limits (docs/schedules.md).</summary>
    [Theory]
    [InlineData(4, 1, 3, 10, 10, 20, 3)]
    [InlineData(4, 4, 12, 1, 1, 1, 0)]
    [InlineData(4, 4, 24, 10, 12, 8, 1)]
    [InlineData(4, 4, 24, 10, 10, 20, 3)]
    public void It_leaves_devices_less_idle(int devices, int perDevice, int limit, double f, double i, double w, double message)
    {
        int microBatches = 3 * devices;
        var result = ScheduleTuner.Run(new(devices, perDevice, microBatches, new(f, i, w), message, limit, 2000) { TakesTwoCopies = false });
        double work = perDevice * microBatches * (f + i + w);
        double shipped = result.Shipped.Where(s => s.Result?.Peak <= limit).Min(s => s.Result!.Makespan);
        Assert.InRange(ScheduleData.Simulate(result.Best!.Schedule, f, i, w, message).Makespan - work, 0, 0.7 * (shipped - work));
    }

    [Fact]
    public void Without_copies_of_the_model_every_stage_has_one_device()
    {
        var problem = new TuningProblem(4, 1, 8, new(1, 1, 1), 0, null, 50);
        Assert.Equal(24 + 2 - 1, ScheduleTuner.Run(problem).Best!.Makespan);
        var result = ScheduleTuner.Run(problem with { TakesTwoCopies = false });
        Assert.Equal(24 + 4 - 1, result.Best!.Makespan);
        Assert.Contains(result.Shipped, s => s is { Name: "dualpipe", Result: null });
        Assert.All(result.Best.Schedule.Devices.SelectMany((row, d) => row.Select(t => (t.Stage.Value, d))), s => Assert.Equal(s.Item1, s.d));
    }
}
