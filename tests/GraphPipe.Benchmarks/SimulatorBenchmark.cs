using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe.Benchmarks;

/// <summary>
/// Time and memory of the simulators: 32 devices with 256 micro-batches, of which a search runs thousands, as a schedule and as a plan with channels; and
/// 4,096 with 4,096 as a schedule, 34 million tasks. Best of several runs for the small ones.
/// </summary>
internal static class SimulatorBenchmark
{
    public static void Run()
    {
        foreach (string name in new[] { "1f1b", "zb-h1", "zb-v" })
            Schedule(name, 32, 256, runs: 10);
        Plan(32, 256);
        Schedule("1f1b", 4096, 4096, runs: 1);
    }

    private static void Schedule(string name, int devices, int microBatches, int runs)
    {
        var bag = new DiagnosticBag();
        var schedule = ScheduleTable.Find(name, bag)!;
        int stages = devices * (schedule.Traits.Placement == PlacementKind.V ? 2 : 1);
        var watch = Stopwatch.StartNew();
        var placement = schedule.Place(stages, devices, bag)!;
        var order = schedule.Generate(new(StageGraph.Line(placement, microBatches), devices), bag)!;
        double generated = watch.Elapsed.TotalMilliseconds, best = double.PositiveInfinity, makespan = 0;
        for (int i = 0; i < runs; i++)
        {
            watch.Restart();
            makespan = ScheduleSimulator.Run(order, StageNeighbours.Chain(stages), ScheduleCosts.Unit(stages)).Makespan;
            best = Math.Min(best, watch.Elapsed.TotalMilliseconds);
        }

        Tell($"{name}, {devices} devices, {microBatches} micro-batches", order.Devices.Sum(d => (long)d.Length), generated, best, makespan);
    }

    private static void Plan(int devices, int microBatches)
    {
        var bag = new DiagnosticBag();
        var watch = Stopwatch.StartNew();
        var stages = Enumerable.Range(0, devices).Select(i => new PlannedStage(new(i), $"s{i}", new(i), 1, 0)).ToImmutableArray();
        var channels = Enumerable.Range(0, devices - 1).SelectMany(i => new[] { Channel(2 * i, ChannelKind.Activation, i, i + 1), Channel(2 * i + 1, ChannelKind.Gradient, i + 1, i) }).ToImmutableArray();
        var order = ScheduleTable.Find("1f1b", bag)!.Generate(new(StageGraph.From(microBatches, stages, channels), devices), bag)!;
        var plan = PlanLowering.Lower(microBatches, DeviceMesh.Cpu(devices), stages, channels, order, bag)!;
        double lowered = watch.Elapsed.TotalMilliseconds, best = double.PositiveInfinity, makespan = 0;
        var costs = new SimulationCosts([.. stages.Select(_ => new StageTimes(new(1), new(2), new(1), default))]);
        for (int i = 0; i < 10; i++)
        {
            watch.Restart();
            makespan = Simulator.Run(plan, costs).Makespan.Value;
            best = Math.Min(best, watch.Elapsed.TotalMilliseconds);
        }

        Tell($"plan of 1f1b, {devices} devices, {microBatches} micro-batches", plan.Devices.Sum(d => (long)d.Actions.Length), lowered, best, makespan);
    }

    private static ChannelDecl Channel(int id, ChannelKind kind, int from, int to) =>
        new(new(id), $"c{id}", kind, DType.F32, Shape.Parse("[N,1]"), BatchLayout.Leading, new(from), new(to), 0);

    private static void Tell(string what, long entries, double made, double simulated, double makespan)
    {
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: {entries} entries made in {made:f1} ms, simulated in {simulated:f1} ms ({simulated * 1e6 / entries:f0} ns each), makespan {makespan:f0}; at most {process.PeakWorkingSet64 / 1e9:f2} GB so far"));
    }
}
