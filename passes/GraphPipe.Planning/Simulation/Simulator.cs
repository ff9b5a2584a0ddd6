using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Predicts the time line of a plan. Devices run their lists in order; a send occupies its device no longer than the action's overhead and then
/// the link, which carries one message at a time per pair of devices and direction; a channel has room for its depth in messages from send to
/// receive. Since each link is fed by one list, times follow from the lists in one pass, without a queue of events.
/// </summary>
public static class Simulator
{
    public static SimulationResult Run(ExecutionPlan plan, SimulationCosts costs)
    {
        var machine = new ActionMachine(plan, [.. plan.Channels.Select(c => c.Depth)], new LinkTiming(plan, costs));
        bool ended = machine.Run();
        double makespan = 0;
        for (int lane = 0; lane < machine.Positions.Length; lane++)
        {
            if (machine.Positions[lane] > 0)
                makespan = Math.Max(makespan, machine.Ends[lane][machine.Positions[lane] - 1]);
        }

        makespan += costs.StepOverhead.Value;
        return new SimulationResult(
            new(makespan),
            [.. Enumerable.Range(0, plan.Devices.Length).Select(lane => Timeline(plan, costs, machine, lane, makespan))],
            ended ? null : PlanProof.DescribeCircle(plan, machine));
    }

    private static DeviceTimeline Timeline(ExecutionPlan plan, SimulationCosts costs, ActionMachine machine, int lane, double makespan)
    {
        var device = plan.Devices[lane];
        var actions = ImmutableArray.CreateBuilder<TimedAction>(device.Actions.Length);
        double busy = 0, first = double.NaN, last = 0;
        long inFlight = 0, peakInFlight = 0;
        var bytes = Bytes.Zero;
        if (!costs.Memory.IsDefaultOrEmpty)
        {
            foreach (var stage in plan.StagesOn(device.Device))
                bytes += costs.Memory[stage.Id.Value].Fixed;
        }

        var peak = bytes;
        for (int i = 0; i < machine.Positions[lane]; i++)
        {
            var action = device.Actions[i];
            double start = machine.Starts[lane][i], end = machine.Ends[lane][i];
            actions.Add(new TimedAction(action, new(start), new(end)));
            busy += end - start;
            if (!action.IsCompute)
                continue;
            first = double.IsNaN(first) ? start : first;
            last = end;
            int change = action.Kind switch { ActionKind.Forward => 1, ActionKind.BackwardInput => 0, _ => -1 };
            inFlight += change * plan[action.Stage].MicroBatch;
            peakInFlight = Math.Max(peakInFlight, inFlight);
            if (!costs.Memory.IsDefaultOrEmpty)
                bytes += costs.Memory[action.Target].PerMicroBatch * change;
            peak = Bytes.Max(peak, bytes);
        }

        return new(device.Device, new(busy), new(makespan - busy), new(double.IsNaN(first) ? 0 : last - first), peak, peakInFlight, actions.ToImmutable());
    }

    private sealed class LinkTiming(ExecutionPlan plan, SimulationCosts costs) : IActionTiming
    {
        private readonly Dictionary<(int From, int To), double> _free = [];

        public double Duration(in PlanAction action)
        {
            double overhead = costs.ActionOverhead.Value;
            if (action.Kind is ActionKind.Send or ActionKind.Recv)
                return costs.Copy is { } copy ? copy.Time(BytesOf(action)).Value : overhead;
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
            return overhead + whole * action.Range.Count / plan[action.Stage].MicroBatch;
        }

        public double Arrival(in PlanAction send, double time)
        {
            var channel = plan[send.Channel];
            var (from, to) = (plan.DeviceOf(channel.From), plan.DeviceOf(channel.To));
            if (costs.Copy is { } copy)
                return time + (copy.Time(BytesOf(send)) + costs.Wake).Value;
            if (costs.Topology is not { } topology || from == to)
                return time;
            var link = topology.Between(from, to);
            var bytes = BytesOf(send);
            double start = Math.Max(time + costs.ActionOverhead.Value, _free.GetValueOrDefault((from.Value, to.Value)));
            double sent = start + bytes.Value / link.BytesPerMicrosecond;
            _free[(from.Value, to.Value)] = sent;
            return sent + link.Latency.Value;
        }

        private Bytes BytesOf(in PlanAction message)
        {
            var channel = plan[message.Channel];
            return costs.MessageBytes?.Invoke(channel, message.Range) ?? channel.MessageSize(Math.Max(1, message.Range.Count));
        }
    }
}
