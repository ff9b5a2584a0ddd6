using System.Collections.Immutable;
using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>Which activations go to the host, what that saves, and what the proof asks of a list with copies.</summary>
public class OffloadTests
{
    /// <summary>Peaks of the recorded tables (arXiv 2503.01328, the zero-bubble repository) hold for the plans that run: what a device has at a time, copies included.</summary>
    [Fact]
    public void Plans_hold_no_more_than_the_recorded_tables()
    {
        var figures = ScheduleData.Figures("zero-bubble");
        foreach (var reference in ScheduleData.Tables("zero-bubble", "gisoff"))
        {
            double copy = reference.Number(@"_ot([\d.]+)\.csv")!.Value;
            var schedule = ScheduleData.Generate("po-f", reference.Ranks, reference.StagesPerRank, reference.MicroBatches, r => r with
            {
                GroupSize = (int?)reference.Number(@"_g(\d+)_"),
                OffloadedChunks = (int?)reference.Number(@"gisoff(\d+)_"),
                OffloadTime = copy,
            });
            var plan = Lower(schedule, ScheduleData.Line("po-f", reference.Ranks, reference.StagesPerRank, reference.MicroBatches));
            Assert.Empty(PlanProof.Check(plan));
            long recorded = figures.GetProperty(reference.Name).GetProperty("results").GetProperty("F1,I1,W1,comm0").GetProperty("peak_in_flight").EnumerateArray().Max(p => (long)p.GetDouble());
            Assert.True(PeakOf(plan, 3 * copy) <= recorded, $"{reference.Name}: {PeakOf(plan, 3 * copy)} of {recorded}");
        }
    }

    /// <summary>
    /// A device's activations as micro-batches of its whole share of the model, by the closed forms: 1F1B holds p; GIS-H p/2 + p/(2v), about half; PO-H and PO-F less than that
    /// by what is on the host: PO-H no more than half of 1F1B.
    /// </summary>
    [Theory]
    [InlineData(4, 2)]
    [InlineData(4, 4)]
    [InlineData(8, 2)]
    [InlineData(8, 4)]
    public void Half_the_groups_hold_half_and_copies_less(int ranks, int perRank)
    {
        long Held(string name, int v) => PeakOf(Lower(ScheduleData.Generate(name, ranks, v, 4 * ranks), ScheduleData.Line(name, ranks, v, 4 * ranks)), 3 * 0.5);
        long one = Held("1f1b", 1) * perRank, half = Held("gis-h", perRank), some = Held("po-h", perRank), all = Held("po-f", perRank);
        Assert.Equal(ranks * perRank, one);
        Assert.Equal(ranks / 2 * (perRank - 1) + ranks, half);
        Assert.True(2 * some <= one, $"{some} of {one}");
        Assert.True(all < some && some < half, $"{all} < {some} < {half}");
    }

    /// <summary>Copies that are chosen to hide do so: no step takes longer than without, on any device's memory less or equal.</summary>
    [Fact]
    public void Auto_costs_no_time() =>
        Gen.Select(Gen.Int[0, 6].Select(i => new[] { "1f1b", "gpipe", "interleaved", "zb-h1", "zb-v", "breadth-first", "gis" }[i]), Gen.Int[1, 4], Gen.Int[2, 4], Gen.Double[0.01, 4], Gen.Int[1, 9].Array[8]).Sample((name, rounds, ranks, ratio, sizes) =>
        {
            int perRank = name is "1f1b" or "gpipe" ? 1 : 2, microBatches = rounds * ranks * 2;
            var line = ScheduleData.Line(name, ranks, perRank, microBatches);
            var plain = ScheduleData.Generate(name, ranks, perRank, microBatches);
            var costs = Costs(line.Stages.Length, ratio, sizes);
            var (without, with) = (Lower(plain, line), Lower(Offloading.Add(plain, line, costs, OffloadChoice.Auto), line));
            Assert.Empty(PlanProof.Check(with));
            var (before, after) = (Run(without, costs), Run(with, costs));
            Assert.InRange(after.Makespan.Value, 0, before.Makespan.Value + 1e-6);
            Assert.All(after.Devices.Zip(before.Devices), d => Assert.True(d.First.PeakBytes <= d.Second.PeakBytes));
        }, iter: 200);

    /// <summary>Every activation that goes is needed: if it stayed, its stage would hold more at a time.</summary>
    [Fact]
    public void Auto_copies_only_what_lowers_the_peak() =>
        Gen.Select(Gen.Int[0, 6].Select(i => new[] { "1f1b", "gpipe", "interleaved", "zb-h1", "zb-v", "breadth-first", "gis" }[i]), Gen.Int[1, 3], Gen.Int[2, 4], Gen.Double[0.01, 2], Gen.Int[1, 9].Array[8]).Sample((name, rounds, ranks, ratio, sizes) =>
        {
            int perRank = name is "1f1b" or "gpipe" ? 1 : 2, microBatches = rounds * ranks * 2;
            var line = ScheduleData.Line(name, ranks, perRank, microBatches);
            var schedule = Offloading.Add(ScheduleData.Generate(name, ranks, perRank, microBatches), line, Costs(line.Stages.Length, ratio, sizes), OffloadChoice.Auto);
            foreach (var row in schedule.Devices)
            {
                foreach (var copy in row.Where(t => t.Kind == TaskKind.OffloadStart))
                {
                    int with = MostHeld(row, copy), without = MostHeld(row.Where(t => !t.IsCopy || (t.Stage, t.MicroBatch) != (copy.Stage, copy.MicroBatch)), copy);
                    Assert.True(without > with, $"{name}: {copy} changes nothing, {with} are held");
                }
            }

            // Of the stage of a copy, at a time: by hand, beside what the planner counts with.
            static int MostHeld(IEnumerable<ScheduleTask> row, ScheduleTask copy)
            {
                var there = new HashSet<int>();
                int most = 0;
                foreach (var task in row.Where(t => t.Stage == copy.Stage))
                {
                    if (task.Kind is TaskKind.Forward or TaskKind.ReloadPrepare)
                        there.Add(task.MicroBatch.Index);
                    else if (task.Kind is TaskKind.Backward or TaskKind.BackwardWeight or TaskKind.OffloadEnd)
                        there.Remove(task.MicroBatch.Index);
                    most = Math.Max(most, there.Count);
                }

                return most;
            }
        }, iter: 100);

    /// <summary>Four stages, all forwards first, copies of a tenth of the work: only what is being made, copied and worked on stays.</summary>
    [Fact]
    public void A_fast_link_takes_nearly_everything_and_a_slow_one_nothing()
    {
        var line = ScheduleData.Line("gpipe", 4, 1, 16);
        var plain = ScheduleData.Generate("gpipe", 4, 1, 16);
        int Copies(double ratio, OffloadChoice choice) => Offloading.Add(plain, line, Costs(4, ratio, [1]), choice).Devices.Sum(d => d.Count(t => t.Kind == TaskKind.OffloadStart));
        long Peak(double ratio) => Run(Lower(Offloading.Add(plain, line, Costs(4, ratio, [1]), OffloadChoice.Auto), line), Costs(4, ratio, [1])).Devices.Max(d => d.PeakBytes.Value);
        Assert.Equal(16, Run(Lower(plain, line), Costs(4, 0.1, [1])).Devices.Max(d => d.PeakBytes.Value));
        Assert.InRange(Peak(0.1), 1, 4);
        // 16 forwards and backwards take 48 units: a copy of 60 fits in no gap.
        Assert.Equal(0, Copies(20, OffloadChoice.Auto));
        // Of 16 micro-batches in each of four stages, those are away that the peak leaves no room for.
        Assert.InRange(Copies(0.1, OffloadChoice.Auto), 4 * (16 - Peak(0.1)), 64);
        Assert.Equal(32, Copies(0.1, OffloadChoice.Half));
        // All but the last stage's last micro-batches, whose backward comes at once.
        Assert.InRange(Copies(20, OffloadChoice.Full), 40, 64);
    }

    [Fact]
    public void The_order_of_copies_is_proved()
    {
        var plan = Lower(ScheduleData.Generate("po-h", 2, 2, 8), ScheduleData.Line("po-h", 2, 2, 8));
        Assert.Empty(PlanProof.Check(plan));
        var copies = plan.Devices[0].Actions.Where(a => a.IsCopy).ToList();
        Assert.NotEmpty(copies);
        var offload = copies[0];
        var reload = copies.First(a => a.Kind == ActionKind.Reload && a.MicroBatch == offload.MicroBatch);

        Refused(a => a.Where(x => x != reload), $"BACKWARD_INPUT 0 mb {reload.MicroBatch.Index} {reload.Range} reads what OFFLOAD has taken to the host");
        Refused(a => a.Where(x => x != offload), $"{reload} has nothing to bring back");
        Refused(a => a.SelectMany(x => x == offload ? [x, x] : new[] { x }), $"{offload} comes twice");
        Refused(a => a.Where(x => x != offload).Prepend(offload), $"{offload} stands outside the time");
        Refused(a => a.SelectMany(x => x.Kind == ActionKind.Send && plan[x.Channel].Kind == ChannelKind.Activation && plan[x.Channel].From == offload.Stage && x.MicroBatch == offload.MicroBatch ? [] : x == offload ? [x, a.First(s => s.Kind == ActionKind.Send && plan[s.Channel].From == offload.Stage && s.MicroBatch == offload.MicroBatch)] : new[] { x }), "reads what OFFLOAD has taken to the host");

        void Refused(Func<ImmutableArray<PlanAction>, IEnumerable<PlanAction>> change, string why)
        {
            var faults = PlanProof.Check(plan with { Devices = plan.Devices.SetItem(0, plan.Devices[0] with { Actions = [.. change(plan.Devices[0].Actions)] }) });
            Assert.Contains(faults, f => f.Code == Codes.PlanMalformed && f.Message.Contains(why, StringComparison.Ordinal));
        }
    }

    /// <summary>One stage, three micro-batches forwards first, room for two: the third forward waits for the first backward, which stands behind it.</summary>
    [Fact]
    public void A_list_that_waits_for_its_own_slots_is_refused_with_the_circle()
    {
        var refused = PlanProof.Check(PlanText.Parse(Text("FORWARD s mb 0 [0,1)\nFORWARD s mb 1 [1,2)\nFORWARD s mb 2 [2,3)\nBACKWARD s mb 0 [0,1)\nBACKWARD s mb 1 [1,2)\nBACKWARD s mb 2 [2,3)")));
        Assert.Contains(
            "cpu:0 at action 2, FORWARD 0 mb 2 [2,3), waits for a slot on the device: 2 of 2 of stage 's' are taken, and the next is freed by action 3, BACKWARD 0 mb 0 [0,1), which stands behind it",
            Assert.Single(refused).Message);
        Assert.Equal(Codes.PlanDeadlock, refused[0].Code);

        // With the first on the host there is room; brought back too early there is not.
        const string Away = "FORWARD s mb 0 [0,1)\nOFFLOAD s mb 0 [0,1)\nFORWARD s mb 1 [1,2)\nFORWARD s mb 2 [2,3)\n";
        Assert.Empty(PlanProof.Check(PlanText.Parse(Text(Away + "BACKWARD s mb 1 [1,2)\nRELOAD s mb 0 [0,1)\nBACKWARD s mb 0 [0,1)\nBACKWARD s mb 2 [2,3)"))));
        refused = PlanProof.Check(PlanText.Parse(Text(Away + "RELOAD s mb 0 [0,1)\nBACKWARD s mb 0 [0,1)\nBACKWARD s mb 1 [1,2)\nBACKWARD s mb 2 [2,3)")));
        Assert.Contains("cpu:0 at action 4, RELOAD 0 mb 0 [0,1), waits for a slot on the device: 2 of 2 of stage 's' are taken, and the next is freed by action 6, BACKWARD 0 mb 1 [1,2)", Assert.Single(refused).Message);

        static string Text(string actions) => $"graphpipe-plan 1\nmini_batch 3\nschedule test\nmesh cpu:0\nstage s on cpu:0 micro_batch 1 in_flight 3 resident 2\ndevice cpu:0\n{actions}\nSTEP s\n";
    }

    /// <summary>F = 1, B = 2, a copy takes 3: by hand. The copy out of 0 ends at 4, and only then is its slot free for 1; the copy back of 0 ends at 8.</summary>
    [Fact]
    public void Copies_take_their_time_beside_the_work()
    {
        var plan = PlanText.Parse(
            "graphpipe-plan 1\nmini_batch 2\nschedule test\nmesh cpu:0\nstage s on cpu:0 micro_batch 1 in_flight 2 resident 1\ndevice cpu:0\n"
            + "FORWARD s mb 0 [0,1)\nOFFLOAD s mb 0 [0,1)\nFORWARD s mb 1 [1,2)\nBACKWARD s mb 1 [1,2)\nRELOAD s mb 0 [0,1)\nBACKWARD s mb 0 [0,1)\nSTEP s\n");
        var costs = new SimulationCosts([new(new(1), new(2), new(1), default)]) { HostCopies = [new(3)], Memory = [new(new(100), new(10))] };
        foreach (var dispatch in Enum.GetValues<Dispatch>())
        {
            var result = Simulator.Run(plan, costs, dispatch);
            var device = Assert.Single(result.Devices);
            Assert.Equal(
                [("FORWARD", 0.0, 1.0), ("OFFLOAD", 1, 4), ("FORWARD", 4, 5), ("BACKWARD", 5, 7), ("RELOAD", 7, 10), ("BACKWARD", 10, 12), ("STEP", 12, 12)],
                device.Actions.Select(a => (PlanAction.Keyword(a.Action.Kind), a.Start.Value, a.End.Value)));
            Assert.Equal(6, device.Busy.Value);
            Assert.Equal(110, device.PeakBytes.Value);
            Assert.Equal([(0.0, 110L), (4, 110), (7, 110), (12, 100)], MemoryCurve.Of(plan, costs, device).Select(p => (p.Time.Value, p.Bytes.Value)));
            Assert.Equal(10, MemoryCurve.HostPeak(costs, device.Actions).Value);
        }
    }

    private static OffloadCosts Costs(int stages, double ratio, int[] sizes) => new(
        ScheduleCosts.Unit(stages), [.. Enumerable.Range(0, stages).Select(s => 3 * ratio * sizes[s % sizes.Length] / sizes.Max())], [.. Enumerable.Range(0, stages).Select(s => new Bytes(sizes[s % sizes.Length]))]);

    private static SimulationResult Run(ExecutionPlan plan, OffloadCosts costs) => Simulator.Run(plan, new SimulationCosts([.. plan.Stages.Select(_ => new StageTimes(new(1), new(2), new(1), default))])
    {
        HostCopies = [.. costs.Copies.Select(c => new Microseconds(c))],
        Memory = [.. costs.Saved.Select(b => new StageFootprint(Bytes.Zero, b))],
    });

    // Activations at a time on the device that has most, when each is one byte.
    private static long PeakOf(ExecutionPlan plan, double copy) => Run(plan, new(ScheduleCosts.Unit(plan.Stages.Length), [.. plan.Stages.Select(_ => copy)], [.. plan.Stages.Select(_ => new Bytes(1))])).Devices.Max(d => d.PeakBytes.Value);

    private static ExecutionPlan Lower(PipelineSchedule schedule, StageGraph line)
    {
        var diagnostics = new DiagnosticBag();
        var stages = line.Stages.Select(s => new PlannedStage(s.Id, $"s{s.Id.Value}", s.Device, s.MicroBatch, 0)).ToImmutableArray();
        var plan = PlanLowering.Lower(line.MiniBatch, DeviceMesh.Cpu(1 + line.Stages.Max(s => s.Device.Value)), stages, Lowered.Channels(line.Edges, 1), schedule, diagnostics);
        Assert.True(plan is not null, string.Join('\n', diagnostics.All));
        return plan;
    }
}
