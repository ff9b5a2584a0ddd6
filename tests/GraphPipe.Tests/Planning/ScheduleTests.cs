using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

public class ScheduleTests
{
    [Theory]
    [InlineData("GPipe", "gpipe")]
    [InlineData("1F1B", "1f1b")]
    public void Simulated_plans_have_the_figures_of_the_tables(string torch, string name)
    {
        int compared = 0;
        foreach (var entry in ScheduleData.Figures("torch").EnumerateObject())
        {
            if (!entry.Name.StartsWith(torch + "_", StringComparison.Ordinal) || entry.Name.Contains("comms", StringComparison.Ordinal))
                continue;
            int devices = entry.Value.GetProperty("ranks").GetInt32(), microBatches = entry.Value.GetProperty("microbatches").GetInt32();
            var plan = Lowered.Chain(devices, microBatches, name);
            foreach (var result in entry.Value.GetProperty("results").EnumerateObject())
            {
                // E.g. F10,I11,W9,comm1: a forward, the two parts of a backward, a message.
                double[] costs = [.. result.Name.Split(',').Select(p => double.Parse(p.TrimStart('F', 'I', 'W', 'c', 'o', 'm')))];
                var times = new StageTimes(new(costs[0]), new(costs[1] + costs[2]), new(costs[2]), default);
                var link = new Link(double.PositiveInfinity, new(costs[3]));
                var simulated = Simulator.Run(plan, new([.. plan.Stages.Select(_ => times)])
                {
                    Topology = Topology.Of(DeviceModel.V100, devices, devices) with { IntraNode = link },
                    Memory = [.. plan.Stages.Select(_ => new StageFootprint(default, new(1)))],
                });
                Assert.Null(simulated.Deadlock);
                // Messages of 1 unit: with shallow channels a sender could be held up; ours are as deep as the schedule wants at unit costs.
                Assert.Equal(result.Value.GetProperty("makespan").GetDouble(), simulated.Makespan.Value, 1e-6);
                Assert.Equal(result.Value.GetProperty("busy").EnumerateArray().Select(b => b.GetDouble()), simulated.Devices.Select(d => d.Busy.Value));
                Assert.Equal(result.Value.GetProperty("peak_in_flight").EnumerateArray().Select(b => b.GetInt64()), simulated.Devices.Select(d => d.PeakInFlight));
                Assert.Equal(simulated.Devices.Select(d => d.PeakInFlight), simulated.Devices.Select(d => d.PeakBytes.Value));
                compared++;
            }
        }

        Assert.True(compared >= 12);
    }

    [Fact]
    public void Closed_forms_hold() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[1, 40]).Sample((p, m) =>
        {
            var gpipe = Simulate(Lowered.Chain(p, m, "gpipe"));
            Assert.Equal((m + p - 1) * 3, gpipe.Makespan.Value);
            Assert.All(gpipe.Devices, d => Assert.Equal(m, d.PeakInFlight));
            var alternating = Simulate(Lowered.Chain(p, m, "1f1b"));
            if (m >= p)
                Assert.Equal((m + p - 1) * 3, alternating.Makespan.Value);
            Assert.Equal(Enumerable.Range(0, p).Select(r => (long)Math.Min(m, p - r)), alternating.Devices.Select(d => d.PeakInFlight));
        }, iter: 100);

    [Fact]
    public void Kfkb_with_k_one_is_1f1b_and_with_k_two_takes_turns_of_two()
    {
        var chain = Chain(3, 8);
        Assert.Equal(Generate("1f1b", chain).Devices.SelectMany(d => d), Generate("kfkb", chain).Devices.SelectMany(d => d));
        var two = Generate("kfkb", chain with { Stages = [.. chain.Stages.Select(s => s with { K = 2 })] });
        Assert.Equal("2F0,2F1,2B0,2B1,2F2,2F3,2B2,2B3,2F4,2F5,2B4,2B5,2F6,2F7,2B6,2B7", string.Join(',', two.Devices[2]));
    }

    [Fact]
    public void Two_stages_on_a_device_are_refused()
    {
        var diagnostics = new DiagnosticBag();
        var shared = Chain(2, 4) with { Stages = [new(new(0), new(0), 1), new(new(1), new(0), 1)] };
        Assert.Null(ScheduleTable.Find("1f1b", diagnostics)!.Generate(new(shared, 2), diagnostics));
        Assert.Equal([Codes.ScheduleUnsuitable], diagnostics.All.Select(d => d.Code));
    }

    [Fact]
    public void Tables_survive_their_text()
    {
        var schedule = Generate("1f1b", Chain(4, 6));
        Assert.Equal(schedule.Devices.SelectMany(d => d), ScheduleCsv.Parse("1f1b", ScheduleCsv.Write(schedule), new())!.Devices.SelectMany(d => d));
        var diagnostics = new DiagnosticBag();
        Assert.Null(ScheduleCsv.Parse("x", "0F0,1X1\n0F\n", diagnostics));
        Assert.Equal(2, diagnostics.All.Count);
    }

    [Fact]
    public void Links_take_turns_and_time()
    {
        // One micro-batch over two devices: 1 + (4 bytes at 2 a unit + 3) + 1 + 2 + (2 + 3) + 2.
        var plan = Lowered.Chain(2, 1, "1f1b");
        var topology = new Topology([.. Enumerable.Range(0, 2).Select(i => new TopologyDevice($"d{i}", "v100", i, new(1), 1))], new(1, default), new(2, new(3)));
        var times = new StageTimes(new(1), new(2), default, default);
        Assert.Equal(16, Simulator.Run(plan, new([times, times]) { Topology = topology }).Makespan.Value, 1e-9);
    }

    [Fact]
    public void Devices_that_copy_messages_are_busy_with_them()
    {
        // A copy of 4 bytes takes 0.5 + 4/2 at either end, a waiting receiver is awake 3 later, an action costs 0.25, an update 4, a step 10.
        // There: 1.25 + 2.5 + 3, then 2.5 + 1.25 + 2.25; back: 2.5 + 3, then 2.5 + 2.25 + 4.25; and the step's 10.
        var plan = Lowered.Chain(2, 1, "1f1b");
        var times = new StageTimes(new(1), new(2), default, new(4));
        var overheads = new ProfiledOverheads(new(0.25), new(10), new Link(2, new(0.5)), new(3));
        Assert.Equal(37.25, Simulator.Run(plan, new SimulationCosts([times, times]).With(overheads)).Makespan.Value, 1e-9);
        Assert.Equal(2 * 37.25, Simulator.Run(plan, new SimulationCosts([times, times]).With(overheads with { Stretch = 2 })).Makespan.Value, 1e-9);
    }

    /// <summary>
    /// Forwards of 10 and 8, backwards of 1, copies of 1, 3 to wake. The first message comes at 11 and is waited for: 15 to 23 the forward behind it. By then the second
    /// one has been there since 22, and is taken at once: 24 to 32. Backwards end and leave at 34 and 36; device 0 waits for the first alone: 37, 39, 41.
    /// </summary>
    [Theory]
    [InlineData(Dispatch.Planned)]
    [InlineData(Dispatch.Ready)]
    public void A_device_that_was_busy_when_the_message_came_is_not_woken(Dispatch dispatch)
    {
        var plan = Lowered.Chain(2, 2, "gpipe");
        var costs = new SimulationCosts([new(new(10), new(1), default, default), new(new(8), new(1), default, default)]) { Copy = new Link(4, default), Wake = new(3) };
        Assert.Equal(41, Simulator.Run(plan, costs, dispatch).Makespan.Value, 1e-9);
    }

    private static SimulationResult Simulate(ExecutionPlan plan) =>
        Simulator.Run(plan, new([.. plan.Stages.Select(_ => new StageTimes(new(1), new(2), new(1), default))]));

    private static StageGraph Chain(int devices, int microBatches) => new(
        microBatches,
        [.. Enumerable.Range(0, devices).Select(i => new StageShape(new(i), new(i), 1))],
        [.. Enumerable.Range(0, devices - 1).Select(i => (new StageId(i), new StageId(i + 1)))],
        PipelineKind.Graph);

    private static PipelineSchedule Generate(string name, StageGraph graph)
    {
        var diagnostics = new DiagnosticBag();
        var schedule = ScheduleTable.Find(name, diagnostics)!.Generate(new(graph, graph.Stages.Length), diagnostics);
        Assert.Empty(diagnostics.All);
        return schedule!;
    }
}
