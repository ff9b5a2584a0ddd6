using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// Says where a stall began. Waits are followed from device to device to those that wait for nothing: one that is in an action without waiting
/// is the origin, however many wait for it; else a message that was sent and never arrived; else a device whose list ended without the message; else there
/// is a circle.
/// </summary>
internal static class StallReport
{
    /// <param name="time">For how long nothing has moved.</param>
    /// <returns>GP6004: the origin in the location, what each device does in the advice.</returns>
    public static DiagnosticException Of(ExecutionPlan plan, ImmutableArray<DeviceWorker> workers, TimeSpan time)
    {
        // Read once: the threads may still move.
        var current = workers.Select(w => w.Current).ToImmutableArray();
        var waitsFor = current.Select(a => WaitsFor(plan, a)).ToImmutableArray();
        var (where, location) = Origin(plan, workers, current, waitsFor);
        var states = workers.Select((w, i) => $"{w.Device.Name}: {StateOf(plan, current[i], waitsFor[i])}");
        return new DiagnosticException(Diagnostic.Error(
            Codes.Stalled, $"no device has finished an action for {time.TotalSeconds:0.###} s; {where}", location, string.Join("; ", states)));
    }

    private static (string Where, string Location) Origin(
        ExecutionPlan plan, ImmutableArray<DeviceWorker> workers, ImmutableArray<BoundAction?> current, ImmutableArray<DeviceId?> waitsFor)
    {
        // Of several devices that are in an action, the one that has been so for longest.
        if (workers.Where(w => current[w.Id.Value] is not null && waitsFor[w.Id.Value] is null).MinBy(w => w.StartOfCurrent) is { } busy)
        {
            var action = current[busy.Id.Value]!;
            string place = $"{busy.Device.Name}, {RunFailure.Text(plan, action.Action)}";
            return ($"it began at {busy.Device.Name}", RunFailure.Join(action.Current is { } call ? RunFailure.NodeOf(call) : "", place));
        }

        if (current.OfType<RecvAction>().FirstOrDefault(r => r.Queue.Lost > 0) is { } bereft)
        {
            var channel = bereft.Queue.Channel;
            var (from, to) = (plan[channel.From], plan[channel.To]);
            return (
                $"channel '{channel.Name}' has lost what {from.Name} on {plan.Mesh[from.Device]} sent to {to.Name} on {plan.Mesh[to.Device]}",
                $"channel '{channel.Name}', SEND {channel.Name}{RunFailure.Samples(bereft.Action)}");
        }

        int at = Array.FindIndex([.. current], a => a is not null);
        var seen = new List<int>();
        for (; at >= 0 && !seen.Contains(at) && waitsFor[at] is { } next; at = next.Value)
            seen.Add(at);
        if (at < 0)
            return ("all devices have ended", "");
        if (seen.Contains(at))
            return ($"these wait in a circle: {string.Join(", ", seen.Skip(seen.IndexOf(at)).Select(i => workers[i].Device.Name))}", $"{workers[at].Device.Name}, {RunFailure.Text(plan, current[at]!.Action)}");
        return ($"it began at {workers[at].Device.Name}, which has ended without what {workers[seen[^1]].Device.Name} waits for", workers[at].Device.Name.ToString());
    }

    private static string StateOf(ExecutionPlan plan, BoundAction? action, DeviceId? waitsFor) => action switch
    {
        null => "done",
        SendAction send when waitsFor is not null => $"{RunFailure.Text(plan, send.Action)} waits for a place in the channel: {plan[send.Queue.Channel.To].Name} on {plan.Mesh[waitsFor.Value]} does not receive",
        RecvAction recv when waitsFor is not null => $"{RunFailure.Text(plan, recv.Action)} waits for a message of {plan[recv.Queue.Channel.From].Name} on {plan.Mesh[waitsFor.Value]}",
        _ => $"in {RunFailure.Text(plan, action.Action)}{(action.Current is { } call ? $", {RunFailure.NodeOf(call)}" : "")}",
    };

    private static DeviceId? WaitsFor(ExecutionPlan plan, BoundAction? action) => action switch
    {
        SendAction { CanRun: false } send => plan.DeviceOf(send.Queue.Channel.To),
        RecvAction { CanRun: false } recv => plan.DeviceOf(recv.Queue.Channel.From),
        _ => null,
    };
}
