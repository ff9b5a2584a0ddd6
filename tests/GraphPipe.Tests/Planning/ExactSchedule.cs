using Google.OrTools.Sat;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>
/// The shortest makespan of a line of stages by an exact solver (CP-SAT), as a model of its own: work as intervals, devices that do one thing at a time, activations as intervals from forward to
/// weight part of which a device has room for so many. Micro-batches are alike, so that those of a stage and kind may be taken in ascending order: sorting the starts of any solution keeps it one.
/// </summary>
internal static class ExactSchedule
{
    /// <param name="costs">Whole numbers: F, I, W and a message.</param>
    /// <param name="limit">Activations that a device may hold.</param>
    /// <returns>Proved to be the least.</returns>
    public static long Makespan(SchedulePlacement placement, int microBatches, (int F, int I, int W, int Message) costs, int limit)
    {
        var model = new CpModel();
        int horizon = placement.Stages * microBatches * (costs.F + costs.I + costs.W + 2 * costs.Message);
        var work = Enumerable.Range(0, placement.Devices).Select(_ => new List<IntervalVar>()).ToArray();
        var held = Enumerable.Range(0, placement.Devices).Select(_ => new List<IntervalVar>()).ToArray();
        var makespan = model.NewIntVar(0, horizon, "makespan");
        int DeviceOf(int stage) => placement[new StageId(stage)].Value;
        IntVar[,] Starts(int cost)
        {
            var starts = new IntVar[placement.Stages, microBatches];
            for (int s = 0; s < placement.Stages; s++)
            {
                for (int m = 0; m < microBatches; m++)
                {
                    starts[s, m] = model.NewIntVar(0, horizon, "");
                    work[DeviceOf(s)].Add(model.NewFixedSizeIntervalVar(starts[s, m], cost, ""));
                    model.Add(makespan >= starts[s, m] + cost);
                    if (m > 0)
                        model.Add(starts[s, m] >= starts[s, m - 1] + cost);
                }
            }

            return starts;
        }

        var (forward, input, weight) = (Starts(costs.F), Starts(costs.I), Starts(costs.W));
        for (int s = 0; s < placement.Stages; s++)
        {
            int message = s + 1 < placement.Stages && DeviceOf(s) != DeviceOf(s + 1) ? costs.Message : 0;
            for (int m = 0; m < microBatches; m++)
            {
                model.Add(input[s, m] >= forward[s, m] + costs.F);
                model.Add(weight[s, m] >= input[s, m] + costs.I);
                held[DeviceOf(s)].Add(model.NewIntervalVar(forward[s, m], model.NewIntVar(0, horizon, ""), weight[s, m] + costs.W, ""));
                if (s + 1 == placement.Stages)
                    continue;
                model.Add(forward[s + 1, m] >= forward[s, m] + costs.F + message);
                model.Add(input[s, m] >= input[s + 1, m] + costs.I + message);
            }
        }

        foreach (var device in work)
            model.AddNoOverlap(device);
        foreach (var device in held)
            model.AddCumulative(limit).AddDemands(device, device.Select(_ => 1));
        model.Minimize(makespan);
        // A guard against a hang: the cases are chosen to be proved in seconds.
        var solver = new CpSolver { StringParameters = "num_search_workers:4,max_time_in_seconds:300" };
        Assert.Equal(CpSolverStatus.Optimal, solver.Solve(model));
        return (long)Math.Round(solver.ObjectiveValue);
    }
}
