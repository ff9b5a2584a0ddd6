using System.Collections.Immutable;
using CsCheck;
using GraphPipe.Bundle;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Planning;

/// <summary>
/// Random graphs of stages with random costs under every schedule that becomes a plan: the plan is proved and simulates; broken at random, it is refused. What
/// depends on what is said here once more, from the meaning of the actions, and not asked of the proof.
/// </summary>
public class PlanPropertyTests
{
    private static int Cases => Environment.GetEnvironmentVariable("GRAPHPIPE_LONG") == "1" ? 50 : 5;

    public static TheoryData<string> Names => [.. ScheduleTable.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_plan_is_proved_and_its_time_line_keeps_every_dependency(string name) => Plans(name).Sample(sample =>
    {
        var (plan, costs) = sample;
        Assert.Empty(PlanProof.Check(plan));
        foreach (var dispatch in new[] { Dispatch.Planned, Dispatch.Ready })
        {
            var result = Simulator.Run(plan, costs, dispatch);
            Assert.Null(result.Deadlock);
            Assert.Equal(plan.Devices.Sum(d => d.Actions.Length), result.Devices.Sum(d => d.Actions.Length));
            foreach (var device in result.Devices)
            {
                for (int i = 0; i < device.Actions.Length; i++)
                    Assert.All(Enumerable.Range(0, i), j => Assert.False(Needs(plan, device.Actions[j].Action, device.Actions[i].Action)));
                // One thing at a time on the device, and on each way to the host and back; work waits for the copies that it needs.
                foreach (var queue in device.Actions.GroupBy(a => a.Action.IsCopy ? a.Action.Kind : ActionKind.Forward))
                    Assert.All(queue.Zip(queue.Skip(1)), pair => Assert.True(pair.Second.Start.Value >= pair.First.End.Value - 1e-9));
                foreach (var copy in device.Actions.Where(a => a.Action.IsCopy))
                    Assert.All(device.Actions.Where(a => Needs(plan, a.Action, copy.Action)), a => Assert.True(a.Start.Value >= copy.End.Value - 1e-9));
            }

            // A message is there when it has left.
            var sent = result.Devices.SelectMany(d => d.Actions).Where(a => a.Action.Kind == ActionKind.Send).ToDictionary(a => (a.Action.Target, a.Action.Range), a => a.Start.Value);
            Assert.All(result.Devices.SelectMany(d => d.Actions).Where(a => a.Action.Kind == ActionKind.Recv), a => Assert.True(a.Start.Value >= sent[(a.Action.Target, a.Action.Range)]));
            Assert.True(result.Makespan.Value >= result.Devices.Max(d => d.Busy.Value) - 1e-9);
        }
    }, iter: Cases);

    /// <summary>Where messages take no time of a device, every wait of devices that take what is ready is a wait of the lists in order too.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_starts_later_where_devices_take_what_is_ready(string name) => Gen.Select(Plans(name), Gen.Long[0, 1000]).Sample((sample, seed) =>
    {
        var costs = sample.Costs with { Jitter = new(0.3, seed) };
        Dictionary<PlanAction, double> Starts(Dispatch dispatch) => Simulator.Run(sample.Plan, costs, dispatch).Devices.SelectMany(d => d.Actions).ToDictionary(a => a.Action, a => a.Start.Value);
        var planned = Starts(Dispatch.Planned);
        Assert.All(Starts(Dispatch.Ready), a => Assert.True(a.Value <= planned[a.Key] + 1e-9, $"{a.Key} starts at {a.Value}, in order at {planned[a.Key]}"));
    }, iter: 2 * Cases);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_dropped_or_doubled_action_is_refused(string name) => Gen.Select(Plans(name), Gen.Int[0, 100_000], Gen.Bool).Sample((sample, pick, isDouble) =>
    {
        var (device, at) = Pick(sample.Plan, pick);
        var actions = sample.Plan.Devices[device].Actions;
        Assert.NotEmpty(PlanProof.Check(With(sample.Plan, device, isDouble ? actions.Insert(at, actions[at]) : actions.RemoveAt(at))));
    }, iter: 2 * Cases);

    [Theory]
    [MemberData(nameof(Names))]
    public void An_action_moved_across_one_that_it_needs_is_refused(string name) => Gen.Select(Plans(name), Gen.Int[0, 100_000], Gen.Int[0, 100]).Sample((sample, pick, which) =>
    {
        var plan = sample.Plan;
        var (device, at) = Pick(plan, pick);
        var actions = plan.Devices[device].Actions;
        var needed = Enumerable.Range(0, at).Where(j => Needs(plan, actions[at], actions[j])).ToList();
        if (needed.Count == 0)
            return;
        Assert.NotEmpty(PlanProof.Check(With(plan, device, actions.RemoveAt(at).Insert(needed[which % needed.Count], actions[at]))));
    }, iter: 4 * Cases);

    /// <summary>A device that waits for a gradient before it has forwarded what the gradient is of: no fault of its own list, but nobody can go on.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_circle_of_waits_is_spelled_out(string name) => Gen.Select(Plans(name), Gen.Int[0, 100_000]).Sample((sample, pick) =>
    {
        var plan = sample.Plan;
        var gradients = (
            from device in Enumerable.Range(0, plan.Devices.Length)
            from at in Enumerable.Range(0, plan.Devices[device].Actions.Length)
            let action = plan.Devices[device].Actions[at]
            where action.Kind == ActionKind.Recv && plan[action.Channel].Kind == ChannelKind.Gradient
            // The channel's first message, so that its order stays.
            where plan.Devices[device].Actions.IndexOf(plan.Devices[device].Actions.First(a => a.Kind == ActionKind.Recv && a.Target == action.Target)) == at
            select (Device: device, At: at)).ToList();
        if (gradients.Count == 0)
            return;
        var (lane, position) = gradients[pick % gradients.Count];
        var actions = plan.Devices[lane].Actions;
        var receive = actions[position];
        int forward = Enumerable.Range(0, actions.Length).First(i => actions[i].Kind == ActionKind.Forward && actions[i].Stage == plan[receive.Channel].To && actions[i].Range == receive.Range);
        var faults = PlanProof.Check(With(plan, lane, actions.RemoveAt(position).Insert(forward, receive)));
        var deadlock = Assert.Single(faults, f => f.Code == Codes.PlanDeadlock);
        AssertCircle(deadlock.Message);
    }, iter: 2 * Cases);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_channel_one_message_smaller_than_needed_is_refused(string name) => Gen.Select(Plans(name), Gen.Int[0, 100_000]).Sample((sample, pick) =>
    {
        var plan = sample.Plan;
        var minimal = ChannelDepths.Minimal(plan, new())!.Value;
        var tight = plan with { Channels = [.. plan.Channels.Select((c, i) => c with { Depth = minimal[i] })] };
        Assert.Empty(PlanProof.Check(tight));
        int channel = pick % Math.Max(1, minimal.Length);
        if (minimal.IsEmpty)
            return;
        var broken = tight with { Channels = tight.Channels.SetItem(channel, tight.Channels[channel] with { Depth = minimal[channel] - 1 }) };
        var fault = Assert.Single(PlanProof.Check(broken));
        Assert.Equal(minimal[channel] > 1 ? Codes.PlanDeadlock : Codes.PlanMalformed, fault.Code);
        if (minimal[channel] > 1)
            AssertCircle(fault.Message);
    }, iter: 2 * Cases);

    // "the plan waits for ever: A at action …, waits for B; B at action …, waits for A".
    private static void AssertCircle(string message)
    {
        string[] parts = message["the plan waits for ever: ".Length..].Split("; ");
        string Who(string part) => part[..part.IndexOf(" at action ", StringComparison.Ordinal)];
        string ForWhom(string part) => part[(part.LastIndexOf("waits for ", StringComparison.Ordinal) + "waits for ".Length)..];
        for (int i = 0; i < parts.Length; i++)
            Assert.Equal(Who(parts[(i + 1) % parts.Length]), ForWhom(parts[i]));
    }

    /// <summary>Whether one action can't be before another one of its device, and of what the other says alone.</summary>
    private static bool Needs(ExecutionPlan plan, PlanAction action, PlanAction other)
    {
        bool IsOf(ChannelKind kind) => plan[action.Kind is ActionKind.Send ? action.Channel : other.Channel].Kind == kind;
        bool Overlaps() => action.Range.Start < other.Range.End && other.Range.Start < action.Range.End;
        return (action.Kind, other.Kind) switch
        {
            (ActionKind.Forward, ActionKind.Recv) => plan[other.Channel].To == action.Stage && IsOf(ChannelKind.Activation) && Overlaps(),
            (ActionKind.Backward or ActionKind.BackwardInput, ActionKind.Recv) => plan[other.Channel].To == action.Stage && IsOf(ChannelKind.Gradient) && Overlaps(),
            (ActionKind.Backward or ActionKind.BackwardInput, ActionKind.Forward) => action.Stage == other.Stage && Overlaps(),
            (ActionKind.Offload, ActionKind.Forward) or (ActionKind.Reload, ActionKind.Offload) or (ActionKind.Backward or ActionKind.BackwardInput, ActionKind.Reload) => action.Stage == other.Stage && Overlaps(),
            (ActionKind.BackwardWeight, ActionKind.BackwardInput) => action.Stage == other.Stage && Overlaps(),
            (ActionKind.Send, ActionKind.Forward) => plan[action.Channel].From == other.Stage && IsOf(ChannelKind.Activation) && Overlaps(),
            (ActionKind.Send, ActionKind.Backward or ActionKind.BackwardInput) => plan[action.Channel].From == other.Stage && IsOf(ChannelKind.Gradient) && Overlaps(),
            // In an asynchronous plan a step takes the gradients of its own generation.
            (ActionKind.Step, ActionKind.Backward or ActionKind.BackwardWeight) => action.Stage == other.Stage && (action.Range.Count == 0 || Overlaps()),
            // The other end of the channel takes them in that order.
            (ActionKind.Send, ActionKind.Send) or (ActionKind.Recv, ActionKind.Recv) => action.Target == other.Target && other.Range.Start < action.Range.Start && IsInOrder(plan, action.Channel),
            _ => false,
        };
    }

    private static bool IsInOrder(ExecutionPlan plan, ChannelId channel) =>
        plan.Devices.SelectMany(d => d.Actions).Where(a => a.Kind == ActionKind.Send && a.Channel == channel).Select(a => a.Range.Start) is var starts && starts.SequenceEqual(starts.Order());

    private static Gen<(ExecutionPlan Plan, SimulationCosts Costs)> Plans(string name) =>
        Gen.Select(Gen.Int[1, 2], Gen.Int[1, 2], Gen.Int[0, 2], Gen.Int[0, int.MaxValue - 1]).Select((half, v, more, seed) => Make(name, 2 * half, v, 4 * half * (1 + more), new Random(seed)));

    private static (ExecutionPlan Plan, SimulationCosts Costs) Make(string name, int p, int v, int microBatches, Random random)
    {
        var bag = new DiagnosticBag();
        var schedule = ScheduleTable.Find(name, bag)!;
        int stages = p * (schedule.Traits.Placement switch { PlacementKind.OneStage or PlacementKind.Bidirectional => 1, PlacementKind.V => 2, PlacementKind.Wave => 2 * v, _ => v });
        // Each stage but the first reads from some of those before it, so that they stand in a topological order.
        var edges = Enumerable.Range(1, stages - 1).SelectMany(to => Enumerable.Range(0, 1 + random.Next(3)).Select(_ => (new StageId(random.Next(to)), new StageId(to)))).Distinct().Order().ToImmutableArray();
        var placement = schedule.Place(stages, p, bag)!;
        var graph = new StageGraph(microBatches, [.. Enumerable.Range(0, stages).Select(s => new StageShape(new(s), placement[new(s)], 1))], edges, PipelineKind.Graph);
        StageCost[] costs = [.. Enumerable.Range(0, stages).Select(_ => new StageCost(1 + random.Next(9), random.Next(9), random.Next(9)))];
        var order = schedule.Generate(new(graph, p) { Costs = new([.. costs], random.Next(3)) }, bag);
        Assert.True(order is not null, string.Join('\n', bag.All));
        Assert.Empty(ScheduleCheck.Check(order, StageNeighbours.Of(graph)));
        // One replica of each stage, or the two copies that take turns, whose gradient sums meet at the step.
        int copies = placement.Copies, turn = copies == 1 ? 0 : CopyTurns.Of(order, placement, bag)!.Value;
        var replication = new Replication(graph.Stages.Select(_ => (1L, copies, turn)));
        var planned = (
            from stage in graph.Stages
            from copy in Enumerable.Range(0, copies)
            let samples = replication.SamplesOf(stage.Id, copy)
            select new PlannedStage(replication.StageOf(stage.Id, copy), $"s{stage.Id.Value}.{copy}", placement[stage.Id, copy], samples.MicroBatch, 0) { Replica = samples.Replica }).ToImmutableArray();
        var plan = PlanLowering.Lower(microBatches, DeviceMesh.Cpu(p), planned, ChannelsOf(edges, replication, stages, isShared: order.Updates is null), order, bag);
        Assert.True(plan is not null, string.Join('\n', bag.All));
        var times = costs.Select(c => new StageTimes(new(c.Forward), new(c.Backward), new(c.BackwardWeight), new(random.Next(3)))).ToList();
        return (plan, new([.. times.SelectMany(t => Enumerable.Repeat(t, copies))]) { HostCopies = [.. planned.Select(_ => new Microseconds(random.Next(9)))] });
    }

    // Of the values between stages; and of parameters: a stage's copies add up each other's gradients, or the first and the last stage share one.
    private static ImmutableArray<ChannelDecl> ChannelsOf(ImmutableArray<(StageId, StageId)> edges, Replication replication, int stages, bool isShared)
    {
        if (replication.IsTrivial)
            return Lowered.Channels(edges, isShared ? stages : 1);
        var values = replication.Split(Lowered.Channels(edges, 1)).Select(c => c.Piece);
        var like = Lowered.Channels([], 2)[0];
        var sums = from stage in Enumerable.Range(0, stages)
                   from copy in Enumerable.Range(0, 2)
                   let giver = replication.StageOf(new(stage), copy)
                   let taker = replication.StageOf(new(stage), 1 - copy)
                   select like with { Name = $"sum{giver.Value}-{taker.Value}", From = giver, To = taker };
        return [.. values.Concat(sums).Select((c, i) => c with { Id = new(i) })];
    }

    private static (int Device, int Action) Pick(ExecutionPlan plan, int pick)
    {
        pick %= plan.Devices.Sum(d => d.Actions.Length);
        int device = 0;
        while (pick >= plan.Devices[device].Actions.Length)
            pick -= plan.Devices[device++].Actions.Length;
        return (device, pick);
    }

    private static ExecutionPlan With(ExecutionPlan plan, int device, ImmutableArray<PlanAction> actions) =>
        plan with { Devices = plan.Devices.SetItem(device, plan.Devices[device] with { Actions = actions }) };
}
