using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>Why a run ended early, in the user's terms.</summary>
internal static class RunFailure
{
    /// <summary>What a device thread met: GP6006 for a kernel, GP6003 for anything else; diagnostics keep their code and gain a place.</summary>
    public static DiagnosticException Of(ExecutionPlan plan, DeviceName device, BoundAction? action, Exception cause)
    {
        string place = action is null ? device.ToString() : $"{device}, {Text(plan, action.Action)}";
        return cause switch
        {
            LateFailureException late => Of(plan, late.Device, late.Action, late.Cause),
            DiagnosticException known => new DiagnosticException([.. known.Diagnostics.Select(d => d with { Location = Join(d.Location, place) })]),
            KernelException kernel => new DiagnosticException(Diagnostic.Error(
                Codes.KernelFailed,
                $"kernel {kernel.Call.Kernel} failed: {kernel.InnerException!.GetType().Name}: {kernel.InnerException.Message}",
                Join(NodeOf(kernel.Call), place))),
            DeviceLostException lost => new DiagnosticException(Diagnostic.Error(
                Codes.DeviceLost, $"device {device} is lost: {lost.Message}; it failed at or before {NodeOf(lost.Call)}", place, "resume from the last checkpoint in a new process")),
            _ => new DiagnosticException(Diagnostic.Error(Codes.DeviceLost, $"device {device} is lost: {cause.GetType().Name}: {cause.Message}", place)),
        };
    }

    /// <summary>GP6003: a thread that ended without a word.</summary>
    public static DiagnosticException Lost(ExecutionPlan plan, DeviceWorker worker) => new(Diagnostic.Error(
        Codes.DeviceLost,
        $"device {worker.Device.Name} is lost: its thread has ended",
        worker.Current is { } action ? $"{worker.Device.Name}, {Text(plan, action.Action)}" : worker.Device.Name.ToString(),
        "resume from the last checkpoint"));

    public static DiagnosticException Interrupted(string what) =>
        new(Diagnostic.Error(Codes.Interrupted, what));

    /// <summary>An action with the names of its stage or channel, e.g. <c>FORWARD head mb 3 [6,8)</c>.</summary>
    public static string Text(ExecutionPlan plan, PlanAction action)
    {
        string target = action.Kind is ActionKind.Send or ActionKind.Recv ? plan[action.Channel].Name : plan[action.Stage].Name;
        return $"{PlanAction.Keyword(action.Kind)} {target}{Samples(action)}";
    }

    /// <summary>E.g. <c> mb 3 [6,8)</c>; nothing for actions of the step.</summary>
    public static string Samples(PlanAction action) => action.IsStep ? "" : $" mb {action.MicroBatch.Index} {action.Range}";

    /// <summary>The user's name for a call.</summary>
    public static string NodeOf(KernelCall call) => call.Nodes.IsEmpty ? $"kernel {call.Kernel}" : $"node \"{string.Join("\", \"", call.Nodes)}\"";

    public static string Join(string location, string place) => location.Length == 0 ? place : $"{location}, {place}";
}
