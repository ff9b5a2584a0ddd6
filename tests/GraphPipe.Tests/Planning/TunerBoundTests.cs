using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>How far the tuner is from the shortest makespan that there is, on problems small enough for an exact solver (docs/schedules.md has the distances).</summary>
public class TunerBoundTests
{
    /// <summary>Devices, stages of each, micro-batches; F, I, W and message; activations of a device; by how much the tuner may be longer.</summary>
    public static TheoryData<int, int, int, (int F, int I, int W, int Message), int, double> Cases { get; } = new()
    {
        { 2, 1, 5, (1, 1, 1, 0), 2, 0 },
        { 3, 1, 5, (1, 1, 1, 0), 2, 0 },
        { 3, 1, 5, (3, 4, 2, 1), 2, 0 },
        { 3, 1, 5, (3, 4, 2, 1), 3, 0 },
        { 3, 1, 5, (2, 2, 4, 1), 2, 0 },
        { 4, 1, 8, (3, 4, 2, 1), 3, 0 },
        { 4, 1, 8, (2, 2, 4, 1), 3, 0 },
        { 4, 1, 8, (2, 2, 4, 1), 4, 0 },
        { 2, 2, 4, (3, 4, 2, 1), 3, 0 },
        { 2, 2, 4, (3, 4, 2, 1), 4, 0 },
        { 3, 2, 3, (3, 4, 2, 1), 4, 0 },
        { 4, 2, 4, (3, 4, 2, 1), 5, 0 },
        { 3, 3, 4, (3, 4, 2, 1), 6, 0 },
        { 2, 3, 3, (3, 4, 2, 1), 5, 0.01 },
        { 2, 4, 4, (3, 4, 2, 1), 6, 0.05 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Small_problems_are_solved_exactly_or_nearly(int devices, int perDevice, int microBatches, (int F, int I, int W, int Message) costs, int limit, double longer)
    {
        var kinds = perDevice == 1 ? [PlacementKind.OneStage] : perDevice % 2 == 0 ? new[] { PlacementKind.Loop, PlacementKind.Wave } : [PlacementKind.Loop];
        long least = kinds.Min(k => ExactSchedule.Makespan(SchedulePlacement.Of(k, devices * perDevice, devices, out _)!, microBatches, costs, limit));
        var tuned = ScheduleTuner.Run(new(devices, perDevice, microBatches, new(costs.F, costs.I, costs.W), costs.Message, limit, 2000) { TakesTwoCopies = false });
        // Below the least it would break a rule that the solver keeps.
        Assert.InRange(tuned.Best!.Makespan, least, (1 + longer) * least);
    }
}
