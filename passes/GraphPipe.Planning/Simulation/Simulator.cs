using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Predicts the time line of a plan. Devices run their lists in order, or take what is ready; a send occupies its device no longer than the action's overhead and then
/// the link, which carries one message at a time per pair of devices and direction; a channel has room for its depth in messages from send to
/// receive. Copies to and from the host run beside the device, one out and one in at a time. Since each link is fed by one list, times of lists in order follow in one pass, without a queue of events.
/// </summary>
public static class Simulator
{
    /// <param name="dispatch">How devices take their actions. A plan whose lists have no deadlock has none with <see cref="Dispatch.Ready"/> either.</param>
    public static SimulationResult Run(ExecutionPlan plan, SimulationCosts costs, Dispatch dispatch = Dispatch.Planned)
    {
        var taken = dispatch == Dispatch.Ready ? TakenWhenReady(plan, costs) : null;
        string? deadlock = null;
        taken ??= TakenInOrder(plan, costs, out deadlock);
        double makespan = costs.StepOverhead.Value + taken.SelectMany(a => a.TakeLast(1)).Select(a => a.End.Value).DefaultIfEmpty(0).Max();
        return new SimulationResult(new(makespan), [.. taken.Select((actions, lane) => Timeline(plan, costs, plan.Devices[lane].Device, actions, makespan))], deadlock);
    }

    private static IReadOnlyList<TimedAction>[] TakenInOrder(ExecutionPlan plan, SimulationCosts costs, out string? deadlock)
    {
        var machine = new ActionMachine(plan, [.. plan.Channels.Select(c => c.Depth)], new LinkTiming(plan, costs));
        deadlock = machine.Run() ? null : PlanProof.DescribeCircle(plan, machine);
        return
        [
            .. plan.Devices.Select((device, lane) =>
            {
                var actions = device.Actions.Take(machine.Positions[lane]).Select((action, i) => new TimedAction(action, new(machine.Starts[lane][i]), new(machine.Ends[lane][i]))).ToList();
                foreach (var copy in machine.Copies(lane)?.Done ?? [])
                    actions[copy.Position] = new TimedAction(device.Actions[copy.Position], new(copy.Start), new(copy.End));
                return actions;
            }),
        ];
    }

    // Null if it does not come to its end: then the lists in order don't either, and tell why.
    private static IReadOnlyList<TimedAction>[]? TakenWhenReady(ExecutionPlan plan, SimulationCosts costs)
    {
        var machine = new ReadyMachine(plan, new LinkTiming(plan, costs));
        return machine.Run() ? machine.Taken : null;
    }

    private static DeviceTimeline Timeline(ExecutionPlan plan, SimulationCosts costs, DeviceId device, IReadOnlyList<TimedAction> actions, double makespan)
    {
        double busy = 0, first = double.NaN, last = 0;
        long inFlight = 0, peakInFlight = 0;
        foreach (var (action, from, to) in actions)
        {
            // Copies are the work of queues beside the device.
            if (action.IsCopy)
                continue;
            double start = from.Value, end = to.Value;
            busy += end - start;
            if (!action.IsCompute)
                continue;
            first = double.IsNaN(first) ? start : first;
            last = end;
            int change = action.Kind switch { ActionKind.Forward => 1, ActionKind.BackwardInput => 0, _ => -1 };
            inFlight += change * plan[action.Stage].MicroBatch;
            peakInFlight = Math.Max(peakInFlight, inFlight);
        }

        var peak = MemoryCurve.Peak(plan, costs, device, actions);
        return new(device, new(busy), new(makespan - busy), new(double.IsNaN(first) ? 0 : last - first), peak, peakInFlight, [.. actions]);
    }

    private sealed class LinkTiming(ExecutionPlan plan, SimulationCosts costs) : IActionTiming
    {
        private readonly Dictionary<(int From, int To), double> _free = [];

        public double Wake => costs.Copy is null ? 0 : costs.Wake.Value;

        public double Duration(in PlanAction action)
        {
            double overhead = costs.ActionOverhead.Value;
            if (action.Kind is ActionKind.Send or ActionKind.Recv)
                return costs.Copy is { } copy ? copy.Time(BytesOf(action)).Value : overhead;
            if (action.IsCopy)
                return overhead;
            var times = costs.Stages[action.Target];
            if (action.Kind == ActionKind.Step)
                return overhead + times.Step.Value;
            double whole = action.Kind switch
            {
                ActionKind.Forward => times.Forward.Value,
                ActionKind.Backward => times.Backward.Value,
                ActionKind.BackwardInput => times.Backward.Value - times.BackwardWeight.Value,
                _ => times.BackwardWeight.Value,
            };
            // The last micro-batch of a short mini-batch is smaller.
            return overhead + whole * (costs.Jitter?.Of(action) ?? 1) * action.Range.Count / plan[action.Stage].MicroBatch;
        }

        public double Arrival(in PlanAction send, double time)
        {
            var channel = plan[send.Channel];
            var (from, to) = (plan.DeviceOf(channel.From), plan.DeviceOf(channel.To));
            if (costs.Copy is { } copy)
                return time + copy.Time(BytesOf(send)).Value;
            if (costs.Topology is not { } topology || from == to)
                return time;
            var link = topology.Between(from, to);
            var bytes = BytesOf(send);
            double start = Math.Max(time + costs.ActionOverhead.Value, _free.GetValueOrDefault((from.Value, to.Value)));
            double sent = start + bytes.Value / link.BytesPerMicrosecond;
            _free[(from.Value, to.Value)] = sent;
            return sent + link.Latency.Value;
        }

        public double Copy(in PlanAction copy) => costs.HostCopies.IsDefaultOrEmpty ? 0 : costs.HostCopies[copy.Target].Value;

        private Bytes BytesOf(in PlanAction message)
        {
            var channel = plan[message.Channel];
            return costs.MessageBytes?.Invoke(channel, message.Range) ?? channel.MessageSize(Math.Max(1, message.Range.Count));
        }
    }
}
