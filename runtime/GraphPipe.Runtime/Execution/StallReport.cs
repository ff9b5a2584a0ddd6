using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// Says where a stall began. Waits are followed from device to device to those that wait for nothing: one that is in an action without waiting, or in a copy to or from the host,
/// is the origin, however many wait for it; else a copy that was made and never reported; else a message that was sent and never arrived; else a device whose list ended without the message; else there
/// is a circle.
/// </summary>
internal static class StallReport
{
    /// <param name="time">For how long nothing has moved.</param>
    /// <returns>GP6004: the origin in the location, what each device does in the advice.</returns>
    public static DiagnosticException Of(ExecutionPlan plan, ImmutableArray<DeviceWorker> workers, TimeSpan time)
    {
        // Read once: the threads may still move.
        var states = workers.Select(State.Of).ToImmutableArray();
        var (where, location) = Origin(plan, states);
        return new DiagnosticException(Diagnostic.Error(
            Codes.Stalled, $"no device has finished an action for {time.TotalSeconds:0.###} s; {where}", location, string.Join("; ", states.Select(s => $"{s.Name}: {Describe(plan, s)}"))));
    }

    private static (string Where, string Location) Origin(ExecutionPlan plan, ImmutableArray<State> states)
    {
        // Of several that are in an action or a copy, the one that has been so for longest.
        var copy = states.SelectMany(s => s.Worker.Copies?.Queues ?? []).Where(q => q.IsMoving).MinBy(q => q.StartOfCurrent);
        if (states.Where(s => s is { Current: not null, Waiting: null }).MinBy(s => s.Worker.StartOfCurrent) is { Current: { } action } busy
            && !(copy?.StartOfCurrent < busy.Worker.StartOfCurrent))
        {
            string place = $"{busy.Name}, {RunFailure.Text(plan, action.Action)}";
            return ($"it began at {busy.Name}", RunFailure.Join(action.Current is { } call ? RunFailure.NodeOf(call) : "", place));
        }

        if (copy?.Current is { } moving)
            return ($"it began at a copy of {plan.Mesh[copy.Device]}", CopyText(plan, copy, moving));
        // Copies wait for none but copies, so whoever waits for one is at the end of all waits.
        if (states.Select(s => s.Copy).FirstOrDefault(c => c is not null) is { } lost)
            return ($"a copy of {plan.Mesh[lost.Queue.Device]} has not been reported", CopyText(plan, lost.Queue, lost));

        if (states.Select(s => s.Waiting).OfType<RecvAction>().FirstOrDefault(r => r.Queue.Lost > 0) is { } bereft)
        {
            var channel = bereft.Queue.Channel;
            string sender = plan.Mesh[plan.DeviceOf(channel.From)].ToString();
            return ($"it began at {sender}: what it has sent got lost in channel '{channel.Name}'", $"{sender}, SEND {channel.Name}{RunFailure.Samples(bereft.Action)}");
        }

        // Everybody waits or is done: the waits lead to a device that is done, or round.
        int at = states.ToList().FindIndex(s => s.Waiting is not null);
        if (at < 0)
            return ("all devices have ended", "");
        var seen = new List<int>();
        for (; !seen.Contains(at) && states[at].Waiting is { } message; at = NeighbourOf(plan, message).Value)
            seen.Add(at);
        return seen.Contains(at)
            ? ($"these wait in a circle: {string.Join(", ", seen.Skip(seen.IndexOf(at)).Select(i => states[i].Name))}", $"{states[at].Name}, {RunFailure.Text(plan, states[at].Waiting!.Action)}")
            : ($"it began at {states[at].Name}, which has ended without what {states[seen[^1]].Name} waits for", states[at].Name);
    }

    private static string Describe(ExecutionPlan plan, State state) => state switch
    {
        { Waiting: { } work, Copy: { } copy } => $"{RunFailure.Text(plan, work.Action)} waits for {RunFailure.Text(plan, copy.Action)}",
        { Waiting: { } message } => Describe(plan, message),
        { Current: { } action } => $"in {RunFailure.Text(plan, action.Action)}{(action.Current is { } call ? $", {RunFailure.NodeOf(call)}" : "")}",
        _ => "done",
    };

    private static string Describe(ExecutionPlan plan, BoundAction waiting)
    {
        string neighbour = plan.Mesh[NeighbourOf(plan, waiting)].ToString();
        return waiting is SendAction send
            ? $"{RunFailure.Text(plan, send.Action)} waits for a place in the channel: {plan[send.Queue.Channel.To].Name} on {neighbour} does not receive"
            : $"{RunFailure.Text(plan, waiting.Action)} waits for a message of {plan[plan[waiting.Action.Channel].From].Name} on {neighbour}";
    }

    // The first copy that a wait misses, since copies of a queue end in order; or the one that this waits for in turn.
    private static CopyAction? CopyFor(DeviceWorker worker, CopyWait awaited)
    {
        if (awaited.Missing is not { } queue)
            return null;
        var missing = worker.Actions.OfType<CopyAction>().Where(c => c.Queue == queue).Skip((int)queue.Ended.Value).FirstOrDefault();
        return missing?.After is { } own ? CopyFor(worker, own) ?? missing : missing;
    }

    private static string CopyText(ExecutionPlan plan, CopyQueue queue, CopyAction copy) => $"{plan.Mesh[queue.Device]}, {RunFailure.Text(plan, copy.Action)}";

    // Of those that wait for no copy, only messages wait.
    private static DeviceId NeighbourOf(ExecutionPlan plan, BoundAction message)
    {
        var channel = plan[message.Action.Channel];
        return plan.DeviceOf(message is SendAction ? channel.To : channel.From);
    }

    /// <param name="Current">The action that the device is in, or waits in; null between two, or at the end.</param>
    /// <param name="Waiting">The action that waits, for a message or for a copy; null if none does.</param>
    /// <param name="Copy">The copy that it waits for; null if it waits for a message.</param>
    private sealed record State(DeviceWorker Worker, BoundAction? Current, BoundAction? Waiting, CopyAction? Copy)
    {
        public static State Of(DeviceWorker worker)
        {
            var (current, waiting) = (worker.Current, worker.Waiting);
            var copy = waiting?.Awaited is { } awaited ? CopyFor(worker, awaited) : null;
            // Without a copy it is a message; what waits for neither is about to go on, its copy having just ended.
            return new(worker, current, copy is not null || waiting is SendAction or RecvAction ? waiting : null, copy);
        }

        public string Name => Worker.Device.Name.ToString();
    }
}
