using System.Collections.Immutable;
using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

public class PlanProofTests
{
    private static readonly Gen<ExecutionPlan> s_plans =
        from graph in CostGraphs.Random
        from devices in Gen.Int[1, 6]
        from partitioner in Gen.OneOf(Gen.Const("uniform"), Gen.Const("graphpipe"))
        from schedule in Gen.OneOf(Gen.Const("1f1b"), Gen.Const("gpipe"))
        from microBatches in Gen.Int[0, 3].Array[6]
        from unequal in Gen.Bool
        from replicas in Gen.Int[0, 4].Array[6]
        select Lowered.Of(
            CostGraphs.Plan(partitioner, CostGraphs.Request(graph, Math.Min(devices, graph.Nodes.Length))),
            schedule,
            i => unequal ? 1L << microBatches[i] : 2,
            (i, size) => (int)Math.Min(size, 1 << Math.Max(0, replicas[i] - 2)));

    [Fact]
    public void Lowering_passes_the_proof() =>
        s_plans.Sample(plan => Assert.Empty(PlanProof.Check(plan)), iter: 500);

    [Fact]
    public void A_shorter_mini_batch_and_the_forward_alone_pass_too() =>
        Gen.Select(s_plans, Gen.Int[1, 16]).Sample((plan, samples) =>
        {
            Assert.Empty(PlanProof.Check(plan with
            {
                MiniBatch = samples,
                Devices = [.. plan.Devices.Select(d => d with { Actions = ActionFilter.Shorten(d.Actions, samples) })],
            }));
            Assert.Empty(PlanProof.Check(
                plan with { Devices = [.. plan.Devices.Select(d => d with { Actions = ActionFilter.ForwardOnly(d.Actions, plan.Channels) })] }, training: false));
        }, iter: 200);

    [Fact]
    public void A_dropped_or_doubled_action_is_caught() =>
        Gen.Select(s_plans, Gen.Int[0, 10_000], Gen.Bool).Sample((plan, pick, isDouble) =>
        {
            var (device, action) = Pick(plan, pick);
            var actions = plan.Devices[device].Actions;
            var broken = Replace(plan, device, isDouble ? actions.Insert(action, actions[action]) : actions.RemoveAt(action));
            Assert.NotEmpty(PlanProof.Check(broken));
        }, iter: 500);

    /// <summary>
    /// Moving work before its receives, or sends before their work, or an action of the step before the last backward. (Two neighbours that
    /// don't depend on each other may change places.)
    /// </summary>
    [Fact]
    public void An_action_moved_across_a_dependency_is_caught() =>
        Gen.Select(s_plans, Gen.Int[0, 10_000]).Sample((plan, pick) =>
        {
            var (device, at) = Pick(plan, pick);
            var actions = plan.Devices[device].Actions;
            var action = actions[at];
            int to = -1;
            if (action.IsCompute && at > 0 && actions[at - 1].Kind == ActionKind.Recv)
                to = at - 1;
            else if (action.IsBackward)
                to = actions.IndexOf(actions.First(a => a.Kind == ActionKind.Forward && a.MicroBatch == action.MicroBatch));
            else if (action.Kind == ActionKind.Send && !action.IsStep)
                to = actions.IndexOf(actions.Last(a => a.IsCompute && a.Range.Start <= action.Range.Start && a.Range.End >= action.Range.End && actions.IndexOf(a) < at));
            else if (action.Kind == ActionKind.Step)
                to = actions.IndexOf(actions.Last(a => a.IsBackward));
            if (to >= 0)
                Assert.NotEmpty(PlanProof.Check(Replace(plan, device, actions.RemoveAt(at).Insert(to, action))));
        }, iter: 500);

    [Fact]
    public void A_channel_below_its_minimal_depth_is_a_deadlock() =>
        Gen.Select(s_plans, Gen.Int[0, 10_000]).Sample((plan, pick) =>
        {
            var minimal = ChannelDepths.Minimal(plan, new())!.Value;
            var tight = plan with { Channels = [.. plan.Channels.Select((c, i) => c with { Depth = minimal[i] })] };
            Assert.Empty(PlanProof.Check(tight));
            Assert.All(plan.Channels, c => Assert.True(c.Depth >= minimal[c.Id.Value]));
            var deep = Enumerable.Range(0, minimal.Length).Where(c => minimal[c] > 1).ToList();
            if (deep.Count == 0)
                return;
            int channel = deep[pick % deep.Count];
            var broken = tight with { Channels = tight.Channels.SetItem(channel, tight.Channels[channel] with { Depth = minimal[channel] - 1 }) };
            Assert.Equal([Codes.PlanDeadlock], PlanProof.Check(broken).Select(d => d.Code));
        }, iter: 300);

    [Fact]
    public void A_skip_needs_a_deep_channel_and_a_shallow_one_is_spelled_out()
    {
        // 0 → 1 → 2 → 3 and 0 → 3: micro-batches wait in the skip for the way around.
        (int, int)[] edges = [(0, 1), (1, 2), (2, 3), (0, 3)];
        var plan = Lowered.Of(
            8,
            [.. Enumerable.Range(0, 4).Select(i => new PlannedStage(new(i), $"s{i}", new(i), 1, 0))],
            Lowered.Channels(edges.Select(e => (new StageId(e.Item1), new StageId(e.Item2))), 1),
            "gpipe");
        int skip = plan.Channels.Single(c => c.Kind == ChannelKind.Activation && c.From.Value == 0 && c.To.Value == 3).Id.Value;
        int back = plan.Channels.Single(c => c.Kind == ChannelKind.Gradient && c.From.Value == 3 && c.To.Value == 0).Id.Value;
        Assert.Equal(2, plan.Channels[back].Depth);
        Assert.Equal(2, plan.Channels[skip].Depth);
        var shallow = plan with { Channels = [.. plan.Channels.Select(c => c with { Depth = 1 })], Devices = plan.Devices.SetItem(0, Swapped(plan.Devices[0])) };
        string message = PlanProof.Check(shallow).Single(d => d.Code == Codes.PlanDeadlock).Message;
        Assert.Contains("cpu:0", message, StringComparison.Ordinal);
        Assert.Contains("full at depth 1", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_are_what_a_micro_batch_of_the_sender_and_one_of_the_receiver_have_in_common()
    {
        // Three parts of six samples each; two parts of four.
        var plan = new Replication([(6, 3, 0), (4, 2, 0)]);
        Assert.Equal([new(4, 6), new(10, 12)], Enumerable.Range(0, 2).Select(m => plan.SamplesOf(new(0), 2).RangeOf(new(m))));
        Assert.Equal([new(2, 3), new(3, 4)], Enumerable.Range(2, 2).Select(s => new SampleRange(s, s + 1)).SelectMany(plan.SamplesOf(new(1), 1).Within));
        Assert.Equal([new(2, 4), new(6, 8)], plan.SamplesOf(new(1), 1).Within(new(0, 9)));
        Assert.Equal([3, 2, 2], new long[] { 13, 12, 7 }.Select(plan.SamplesOf(new(0), 0).MicroBatches));
        Assert.Equal([2, 2, 1, 0], new long[] { 13, 11, 5, 4 }.Select(plan.SamplesOf(new(0), 2).MicroBatches));
        Assert.True(plan.SamplesOf(new(0), 0).Meets(plan.SamplesOf(new(1), 1)));
        Assert.False(new StageSamples(2, new(0, 2)).Meets(new StageSamples(2, new(1, 2))));
    }

    [Fact]
    public void Copies_in_turns_have_whole_micro_batches()
    {
        // Micro-batches of three samples, two of them for the one copy, then two for the other.
        var stages = new Replication([(3, 2, 2), (3, 2, 2)]);
        var (down, up) = (stages.SamplesOf(new(0), 0), stages.SamplesOf(new(0), 1));
        Assert.Equal([0, 1, 4, 5], down.OwnMicroBatches(18).Select(m => m.Index));
        Assert.Equal([2, 3, 6], up.OwnMicroBatches(19).Select(m => m.Index));
        Assert.Equal(new(9, 12), up.RangeOf(new(3)));
        Assert.Equal(new MicroBatch(3), up.MicroBatchAt(11));
        Assert.Equal([new(6, 9), new(9, 10)], up.Within(new(5, 10)));
        Assert.True(down.Meets(stages.SamplesOf(new(1), 0)));
        Assert.False(down.Meets(stages.SamplesOf(new(1), 1)));
    }

    /// <summary>Each action is looked at once, and once more for every message or room that its list has waited for: no list is asked again in vain.</summary>
    [Theory]
    [InlineData(8, 64)]
    [InlineData(32, 256)]
    public void The_run_of_a_long_plan_is_linear(int stages, int microBatches)
    {
        var plan = Lowered.Chain(stages, microBatches, "1f1b");
        Assert.Empty(PlanProof.Check(plan));
        var machine = new ActionMachine(plan, [.. plan.Channels.Select(c => c.Depth)], UnitTiming.Instance);
        Assert.True(machine.Run());
        int actions = plan.Devices.Sum(d => d.Actions.Length), messages = plan.Devices.Sum(d => d.Actions.Count(a => a.Kind is ActionKind.Send or ActionKind.Recv));
        Assert.InRange(machine.Looks, actions, actions + messages + stages);
    }

    /// <summary>Two messages on the skip before the first on the way around.</summary>
    private static DeviceActions Swapped(DeviceActions device)
    {
        var skips = device.Actions.Where(a => a.Kind == ActionKind.Send && a.Target == 6).Take(2).ToList();
        var first = device.Actions.Where(a => a.Kind == ActionKind.Forward).Take(2).ToList();
        return device with { Actions = [.. first, .. skips, .. device.Actions.Except([.. first, .. skips])] };
    }

    private static (int Device, int Action) Pick(ExecutionPlan plan, int pick)
    {
        int total = plan.Devices.Sum(d => d.Actions.Length);
        pick %= total;
        int device = 0;
        while (pick >= plan.Devices[device].Actions.Length)
            pick -= plan.Devices[device++].Actions.Length;
        return (device, pick);
    }

    private static ExecutionPlan Replace(ExecutionPlan plan, int device, ImmutableArray<PlanAction> actions) =>
        plan with { Devices = plan.Devices.SetItem(device, plan.Devices[device] with { Actions = actions }) };
}
