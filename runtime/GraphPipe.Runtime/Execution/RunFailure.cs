using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>Why a run ended early, in the user's terms.</summary>
internal static class RunFailure
{
    /// <summary>What a device thread met: GP6006 for a kernel, GP6003 for anything else; diagnostics keep their code and gain a place.</summary>
    public static DiagnosticException Of(ExecutionPlan plan, DeviceWorker worker, BoundAction? action, Exception cause)
    {
        string place = action is null ? worker.Device.Name.ToString() : $"{worker.Device.Name}, {Text(plan, action.Action)}";
        return cause switch
        {
            DiagnosticException known => new DiagnosticException([.. known.Diagnostics.Select(d => d with { Location = Join(d.Location, place) })]),
            KernelException kernel => new DiagnosticException(Diagnostic.Error(
                Codes.KernelFailed,
                $"kernel {kernel.Call.Kernel} failed: {kernel.InnerException!.GetType().Name}: {kernel.InnerException.Message}",
                Join(NodeOf(kernel.Call), place))),
            _ => new DiagnosticException(Diagnostic.Error(Codes.DeviceLost, $"device {worker.Device.Name} is lost: {cause.GetType().Name}: {cause.Message}", place)),
        };
    }

    /// <summary>GP6004: what each device waits for, and where the waiting begins.</summary>
    public static DiagnosticException Stall(ExecutionPlan plan, IReadOnlyList<DeviceWorker> workers, TimeSpan time)
    {
        // Read once: the threads may still move.
        var current = workers.Select(w => w.Current).ToArray();
        var waitsFor = current.Select(a => WaitsFor(plan, a)).ToArray();
        int origin = Array.FindIndex(current, a => a is not null);
        var seen = new List<int>();
        for (; origin >= 0 && !seen.Contains(origin) && waitsFor[origin] is { } next; origin = next.Value)
            seen.Add(origin);
        bool isCircle = seen.Contains(origin);

        var lines = workers.Select((w, i) => $"{w.Device.Name}: {StateOf(plan, current[i], waitsFor[i])}");
        string began = origin < 0 ? "" : workers[origin].Device.Name.ToString();
        string where = isCircle
            ? $"these wait in a circle: {string.Join(", ", seen.Skip(seen.IndexOf(origin)).Select(i => workers[i].Device.Name))}"
            : $"it began at {began}";
        return new DiagnosticException(Diagnostic.Error(
            Codes.Stalled,
            $"no device has finished an action for {time.TotalSeconds:0.###} s; {where}",
            origin >= 0 && current[origin] is { } action ? Join(action.Current is { } call ? NodeOf(call) : "", $"{began}, {Text(plan, action.Action)}") : began,
            string.Join("; ", lines)));
    }

    public static DiagnosticException Interrupted(string what) =>
        new(Diagnostic.Error(Codes.Interrupted, what));

    /// <summary>An action with the names of its stage or channel, e.g. <c>FORWARD head mb 3 [6,8)</c>.</summary>
    public static string Text(ExecutionPlan plan, PlanAction action)
    {
        string target = action.Kind is ActionKind.Send or ActionKind.Recv ? plan[action.Channel].Name : plan[action.Stage].Name;
        return $"{PlanAction.Keyword(action.Kind)} {target}{(action.IsStep ? "" : $" mb {action.MicroBatch.Index} {action.Range}")}";
    }

    private static string StateOf(ExecutionPlan plan, BoundAction? action, DeviceId? waitsFor) => action switch
    {
        null => "done",
        SendAction send when waitsFor is not null => $"{Text(plan, send.Action)} waits for a place in the channel: {plan[send.Queue.Channel.To].Name} on {plan.Mesh[waitsFor.Value]} does not receive",
        RecvAction recv when waitsFor is not null => $"{Text(plan, recv.Action)} waits for a message of {plan[recv.Queue.Channel.From].Name} on {plan.Mesh[waitsFor.Value]}",
        _ => $"in {Text(plan, action.Action)}{(action.Current is { } call ? $", {NodeOf(call)}" : "")}",
    };

    private static DeviceId? WaitsFor(ExecutionPlan plan, BoundAction? action) => action switch
    {
        SendAction send when send.Queue.Count >= send.Queue.Channel.Depth => plan.DeviceOf(send.Queue.Channel.To),
        RecvAction recv when recv.Queue.Count == 0 => plan.DeviceOf(recv.Queue.Channel.From),
        _ => null,
    };

    /// <summary>The user's name for a call.</summary>
    public static string NodeOf(KernelCall call) => call.Nodes.IsEmpty ? $"kernel {call.Kernel}" : $"node \"{string.Join("\", \"", call.Nodes)}\"";

    private static string Join(string location, string place) => location.Length == 0 ? place : $"{location}, {place}";
}
