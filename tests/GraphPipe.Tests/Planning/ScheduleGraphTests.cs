using System.Collections.Immutable;
using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>Schedules on graphs of stages that are no chains, and what they refuse.</summary>
public class ScheduleGraphTests
{
    public static TheoryData<string> Names => [.. ScheduleTable.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Any_graph_gets_an_order_that_is_valid_proved_and_simulated(string name) =>
        Gen.Select(Gen.Int[1, 2], Gen.Int[1, 3], Gen.Int[0, 4], Gen.Int[0, int.MaxValue]).Sample((half, v, more, seed) =>
        {
            int p = 2 * half;
            var diagnostics = new DiagnosticBag();
            var schedule = ScheduleTable.Find(name, diagnostics)!;
            int perDevice = schedule.Traits.Placement switch { PlacementKind.OneStage or PlacementKind.Bidirectional => 1, PlacementKind.V => 2, PlacementKind.Wave => 2 * v, _ => v };
            int stages = p * perDevice, microBatches = 2 * p * (1 + more);
            // Topological orders of random graphs: each stage but the first has edges from some before it.
            var random = new Random(seed);
            var edges = Enumerable.Range(1, stages - 1).SelectMany(to => Enumerable.Range(0, 1 + random.Next(2)).Select(_ => (new StageId(random.Next(to)), new StageId(to)))).Distinct().Order().ToImmutableArray();
            var placement = schedule.Place(stages, p, diagnostics)!;
            // Devices of the mesh in any order.
            int[] devices = [.. Enumerable.Range(0, p)];
            random.Shuffle(devices);
            var graph = new StageGraph(microBatches, [.. Enumerable.Range(0, stages).Select(s => new StageShape(new(s), new(devices[placement[new(s)].Value]), 1))], edges, PipelineKind.Graph);
            var order = schedule.Generate(new(graph, p), diagnostics);
            Assert.True(order is not null, string.Join('\n', diagnostics.All));
            Assert.Empty(ScheduleCheck.Check(order, StageNeighbours.Of(graph)));
            // What is reckoned with is what the order holds, stage by stage; the one-stage schedules have formulas, which never say less.
            var inFlight = schedule.Resident(graph);
            Assert.Equal(stages, inFlight.Length);
            if (order.Devices.Any(d => d.Any(t => t.IsCopy)))
                Assert.All(inFlight, (samples, s) => Assert.InRange(samples, 1, HeldBy(order, s)));
            else if (schedule is PlacedSchedule && placement.Copies == 1)
                Assert.Equal(Enumerable.Range(0, stages).Select(s => HeldBy(order, s)), inFlight);
            else
                Assert.All(inFlight, (samples, s) => Assert.True(placement.Copies > 1 || samples >= HeldBy(order, s)));
            if (placement.Copies > 1 || order.Devices.Any(d => d.Any(t => !t.IsCompute)))
                return;
            var planned = graph.Stages.Select(s => new PlannedStage(s.Id, $"s{s.Id.Value}", s.Device, 1, 0)).ToImmutableArray();
            var plan = PlanLowering.Lower(microBatches, DeviceMesh.Cpu(p), planned, Lowered.Channels(edges.Select(e => (e.Item1, e.Item2)), 1), order, diagnostics);
            Assert.True(plan is not null, string.Join('\n', diagnostics.All));
            Assert.Empty(PlanProof.Check(plan));
            Assert.Null(Simulator.Run(plan, new([.. planned.Select(_ => new StageTimes(new(1), new(2), new(1), default))])).Deadlock);
        }, iter: 6);

    // From a forward to the backward, or its weight part.
    private static long HeldBy(PipelineSchedule order, int stage)
    {
        long held = 0, most = 0;
        foreach (var task in order.Devices.SelectMany(d => d).Where(t => t.Stage.Value == stage))
        {
            held += task.Kind switch { TaskKind.Forward => 1, TaskKind.Backward or TaskKind.BackwardWeight => -1, _ => 0 };
            most = Math.Max(most, held);
        }

        return most;
    }

    /// <summary>Two branches side by side need no more in flight than one: the longest path counts, where a line of the same stages needs its length.</summary>
    [Fact]
    public void Parallel_branches_hold_less_than_a_line()
    {
        var branches = Graph(4, [(0, 1), (0, 2), (1, 3), (2, 3)]);
        var diagnostics = new DiagnosticBag();
        var schedule = ScheduleTable.Find("zb-h2", diagnostics)!;
        // Three activations are the depth of the diamond, and too few for a line of four.
        Assert.NotNull(schedule.Generate(new(branches, 4) { InFlightLimit = 3 }, diagnostics));
        Assert.Null(schedule.Generate(new(Graph(4, [(0, 1), (1, 2), (2, 3)]), 4) { InFlightLimit = 3 }, diagnostics));
        Assert.Equal([Codes.ScheduleUnsuitable], diagnostics.All.Select(d => d.Code));
    }

    /// <summary>Ten micro-batches on three devices would be three rounds of unequal length.</summary>
    [Theory]
    [InlineData("interleaved", 3, 3, 10, "3 rounds")]
    [InlineData("dualpipe", 3, 3, 8, "even number of devices")]
    [InlineData("dualpipe", 4, 4, 9, "even number of micro-batches")]
    [InlineData("dualpipe-v", 4, 8, 7, "two micro-batches for each device")]
    [InlineData("zb-v", 4, 4, 8, "two stages on every device")]
    [InlineData("hanayo", 4, 4, 8, "even number of stages")]
    [InlineData("gis", 4, 6, 8, "equally many stages")]
    public void What_does_not_suit_is_told(string name, int devices, int stages, int microBatches, string need)
    {
        var diagnostics = new DiagnosticBag();
        var schedule = ScheduleTable.Find(name, diagnostics)!;
        if (schedule.Place(stages, devices, diagnostics) is not null)
            Assert.Null(schedule.Generate(new(ScheduleData.Line(name, devices, stages / devices, microBatches), devices), diagnostics));
        Assert.Equal([Codes.ScheduleUnsuitable], diagnostics.All.Select(d => d.Code));
        Assert.Contains(need, diagnostics.All[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("interleaved")]
    [InlineData("1f1b")]
    public void Settings_that_a_schedule_has_no_use_for_are_refused(string name)
    {
        foreach (var settings in new Func<ScheduleRequest, ScheduleRequest>[]
        {
            r => r with { InFlightLimit = 4 }, r => r with { GroupSize = 2 }, r => r with { RecomputedChunks = 1 }, r => r with { OffloadTime = 1 },
        })
        {
            var diagnostics = new DiagnosticBag();
            Assert.Null(ScheduleTable.Find(name, diagnostics)!.Generate(settings(new(ScheduleData.Line(name, 2, 1, 4), 2)), diagnostics));
            Assert.Equal([Codes.ScheduleUnsuitable], diagnostics.All.Select(d => d.Code));
        }
    }

    [Fact]
    public void Stages_that_are_elsewhere_are_refused()
    {
        var graph = ScheduleData.Line("interleaved", 2, 2, 4);
        var diagnostics = new DiagnosticBag();
        // Stages 0 and 1 on one device: a loop has 0 and 2 there.
        graph = graph with { Stages = [.. graph.Stages.Select(s => s with { Device = new(s.Id.Value / 2) })] };
        Assert.Null(ScheduleTable.Find("interleaved", diagnostics)!.Generate(new(graph, 2), diagnostics));
        Assert.Equal([Codes.ScheduleUnsuitable], diagnostics.All.Select(d => d.Code));
    }

    [Theory]
    [InlineData("0F0,0RECV_B0,0B0\n1RECV_F0,1F0,1B0,1SEND_B0", "'1RECV_F0' waits for ever for '0SEND_F0'", "GP3008")] // nobody sends
    [InlineData("0F0,0SEND_F0,0RECV_B0,0B0\n1F0,1RECV_F0,1B0,1SEND_B0", "1RECV_F0", "GP3015")] // read before it is received
    [InlineData("0F0,0SEND_F0,0B0\n1RECV_F0,1F0,1B0,1SEND_B0", "0RECV_B0", "GP3015")] // never received
    [InlineData("0F0,0I0,0B0,0W0\n1F0,1B0", "'0B0' is the whole backward, and there is '0I0' too", "GP3015")]
    [InlineData("0F0,0I0\n1F0,1B0", "'0W0' is missing", "GP3015")]
    [InlineData("0F0,0B0,0R0\n1F0,1B0", "'0B0' stands before '0R0'", "GP3015")]
    public void Faults_are_told_by_name(string table, string what, string code)
    {
        var faults = ScheduleCheck.Check(ScheduleCsv.Parse("x", table, new())!, StageNeighbours.Chain(2));
        Assert.Contains(faults, f => f.Code == code && f.Message.Contains(what, StringComparison.Ordinal));
        Assert.All(faults, f => Assert.StartsWith("device ", f.Location, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_kind_of_cell_survives_its_text()
    {
        const string Table = "0F0,1SEND_F0,2RECV_F1,3SEND_B2,4RECV_B3,(3F5;4B2)OVERLAP_F_B,3I5,3W5,3R5,0UNSHARD,1RESHARD,2REDUCE_GRAD,3OFF_SEND_START5,3OFF_SEND_END5,3OFF_RECV_PREP5,3OFF_RECV_START5,3OFF_RECV_END5\n";
        var diagnostics = new DiagnosticBag();
        Assert.Equal(Table, ScheduleCsv.Write(ScheduleCsv.Parse("x", Table, diagnostics)!));
        foreach (string bad in new[] { "F0", "0X1", "0F", "0UNSHARD1", "(0F1;1F2)OVERLAP_F_B", "(0F1;1B2)", "0F1x", "-1F0", "(0F1)OVERLAP_F_B", "99999999999F0" })
            Assert.Null(ScheduleCsv.Parse("x", bad, diagnostics));
        Assert.Equal(10, diagnostics.All.Count);
    }

    private static StageGraph Graph(int stages, (int From, int To)[] edges) => new(
        8, [.. Enumerable.Range(0, stages).Select(s => new StageShape(new(s), new(s), 1))], [.. edges.Select(e => (new StageId(e.From), new StageId(e.To)))], PipelineKind.Graph);
}
