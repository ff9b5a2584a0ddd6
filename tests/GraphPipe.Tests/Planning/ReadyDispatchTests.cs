using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>Devices that take whatever is ready: any order that comes of it is a plan that the proof accepts, and none costs time.</summary>
public class ReadyDispatchTests
{
    public static TheoryData<string, int, int> Plans
    {
        get
        {
            var data = new TheoryData<string, int, int>();
            foreach (int devices in (int[])[2, 4, 8])
            {
                foreach (string schedule in (string[])["gpipe", "1f1b", "kfkb", "zb-h1", "zb-h2"])
                    data.Add(schedule, devices, 1);
                foreach (string schedule in (string[])["interleaved", "breadth-first", "zb-v", "v-half"])
                    data.Add(schedule, devices, 2);
            }

            return data;
        }
    }

    /// <summary>Times from nothing to twice as long, so that far more happens than between the plan's neighbours.</summary>
    [Theory]
    [MemberData(nameof(Plans))]
    public void Whatever_order_comes_of_it_passes_the_proof_and_keeps_the_sums(string schedule, int devices, int perDevice)
    {
        var plan = Lower(schedule, devices, perDevice);
        foreach (var device in plan.Devices)
        {
            var dependencies = ActionDependencies.Of(plan, device.Device, device.Actions);
            Assert.All(Enumerable.Range(0, dependencies.Count), i => Assert.All(dependencies.Before(i), b => Assert.InRange(b, 0, i - 1)));
        }

        for (int seed = 0; seed < 20; seed++)
        {
            var result = Simulator.Run(plan, Costs(plan) with { Jitter = new(1, seed) }, Dispatch.Ready);
            var taken = plan with { Devices = [.. result.Devices.Select(d => new DeviceActions(d.Device, [.. d.Actions.Select(a => a.Action)]))] };
            Assert.Empty(PlanProof.Check(taken));
            Assert.Equal(SumsOf(plan), SumsOf(taken));
        }
    }

    [Theory]
    [MemberData(nameof(Plans))]
    public void Under_jitter_it_is_not_slower_than_the_plans_order_in_the_mean(string schedule, int devices, int perDevice)
    {
        var plan = Lower(schedule, devices, perDevice);
        double Mean(Dispatch dispatch) => Enumerable.Range(0, 100).Average(seed => Simulator.Run(plan, Costs(plan) with { Jitter = new(0.3, seed) }, dispatch).Makespan.Value);
        double planned = Mean(Dispatch.Planned), ready = Mean(Dispatch.Ready);
        Assert.True(ready <= planned, $"ready {ready}, planned {planned}");
    }

    /// <summary>The times of actions must be the same for both, or a comparison means nothing.</summary>
    [Fact]
    public void Jitter_depends_on_the_action_and_the_seed_alone_and_stays_within_its_share()
    {
        var plan = Lower("1f1b", 4, 1);
        var costs = Costs(plan) with { Jitter = new(0.3, 7) };
        ImmutableSortedDictionary<string, double> Durations(Dispatch dispatch) => Simulator.Run(plan, costs, dispatch).Devices
            .SelectMany(d => d.Actions).Where(a => a.Action.IsCompute).ToImmutableSortedDictionary(a => a.Action.ToString(), a => Math.Round((a.End - a.Start).Value, 6));
        Assert.Equal(Durations(Dispatch.Planned), Durations(Dispatch.Ready));
        Assert.All(Durations(Dispatch.Ready), d => Assert.InRange(d.Value / (d.Key.StartsWith("FORWARD", StringComparison.Ordinal) ? 10 : 20), 0.7, 1.3));
        Assert.NotEqual(Simulator.Run(plan, costs).Makespan, Simulator.Run(plan, costs with { Jitter = new(0.3, 8) }).Makespan);
    }

    private static ExecutionPlan Lower(string schedule, int devices, int perDevice)
    {
        var diagnostics = new DiagnosticBag();
        var rule = ScheduleTable.Find(schedule, diagnostics)!;
        int stages = devices * perDevice, microBatches = 4 * devices;
        var placement = rule.Place(stages, devices, diagnostics)!;
        var line = Tables.Chain(microBatches, [.. Enumerable.Range(0, stages).Select(s => placement[new(s)].Value)]);
        var order = rule.Generate(new(line, devices), diagnostics);
        Assert.True(order is not null, string.Join('\n', diagnostics.All));
        return Lowered.Of(line, order.Devices);
    }

    private static SimulationCosts Costs(ExecutionPlan plan) => new([.. plan.Stages.Select(_ => new StageTimes(new(10), new(20), new(10), new(1)))]);

    // By stage, the order in which gradients of parameters are added up.
    private static IEnumerable<string> SumsOf(ExecutionPlan plan) => plan.Devices.SelectMany(d => d.Actions)
        .Where(a => a.Kind is ActionKind.Backward or ActionKind.BackwardWeight)
        .GroupBy(a => a.Stage, (stage, actions) => (stage, Text: $"{stage}: {string.Join(' ', actions.Select(a => a.MicroBatch.Index))}"))
        .OrderBy(g => g.stage).Select(g => g.Text);
}
