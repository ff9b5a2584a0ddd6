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
    public void It_stays_within_the_limit_and_is_no_worse_than_what_is_shipped(int devices, int perDevice, int microBatches, int limit)
    {
        var problem = new TuningProblem(devices, perDevice, microBatches, new(10, 12, 8), 1, limit, 400);
        var result = ScheduleTuner.Run(problem);
        Assert.InRange(result.Tried, 1, 400);
        var best = result.Best!;
        ScheduleData.AssertValid(best.Schedule, devices * perDevice);
        var timeline = ScheduleData.Simulate(best.Schedule, 10, 12, 8, 1);
        Assert.Equal(timeline.Makespan, best.Makespan);
        Assert.InRange(timeline.Devices.Max(d => d.PeakInFlight), 1, limit);
        Assert.All(result.Shipped.Where(s => s.Result?.Peak <= limit), s => Assert.True(best.Makespan <= s.Result!.Makespan));
        Assert.Equal(best.Program.ToString(), ScheduleTuner.Run(problem).Best!.Program.ToString());
    }
}
