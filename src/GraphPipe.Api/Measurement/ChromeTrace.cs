using System.Text.Json;
using GraphPipe.Bundle;
using GraphPipe.Runtime;

namespace GraphPipe;

/// <summary>
/// The time line of the last run as a trace in Chrome's format, which Perfetto and chrome://tracing open: a track per device, one
/// event per action, and one for each wait before it.
/// </summary>
public static class ChromeTrace
{
    /// <summary>Writes a file, whole or not at all.</summary>
    /// <exception cref="DiagnosticException">GP5007: it can't be written.</exception>
    public static void Write(string path, ExecutionPlan plan, IReadOnlyList<ActionTiming> actions) => AtomicFile.Write(path, stream => Write(stream, plan, actions));

    public static void Write(Stream stream, ExecutionPlan plan, IReadOnlyList<ActionTiming> actions)
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartArray("traceEvents");
        for (int d = 0; d < plan.Mesh.Count; d++)
        {
            json.WriteStartObject();
            json.WriteString("name", "thread_name");
            json.WriteString("ph", "M");
            json.WriteNumber("pid", 0);
            json.WriteNumber("tid", d);
            json.WriteStartObject("args");
            json.WriteString("name", $"{plan.Mesh.Devices[d]} {string.Join(", ", plan.StagesOn(new DeviceId(d)).Select(s => s.Name))}".TrimEnd());
            json.WriteEndObject();
            json.WriteEndObject();
        }

        foreach (var action in actions)
        {
            if (action.Wait.Value > 0)
                Event(json, "wait", "wait", action.Device, action.Start, action.Wait, default);
            string target = action.Action.Kind is ActionKind.Send or ActionKind.Recv ? plan[action.Action.Channel].Name : plan[action.Action.Stage].Name;
            Event(json, $"{PlanAction.Keyword(action.Action.Kind)} {target}", PlanAction.Keyword(action.Action.Kind), action.Device, action.Start + action.Wait, action.End - action.Start - action.Wait, action.Action);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Event(Utf8JsonWriter json, string name, string category, DeviceId device, Microseconds start, Microseconds duration, PlanAction action)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("cat", category);
        json.WriteString("ph", "X");
        json.WriteNumber("pid", 0);
        json.WriteNumber("tid", device.Value);
        json.WriteNumber("ts", start.Value);
        json.WriteNumber("dur", duration.Value);
        if (category != "wait" && !action.IsStep)
        {
            json.WriteStartObject("args");
            json.WriteNumber("micro_batch", action.MicroBatch.Index);
            json.WriteString("samples", action.Range.ToString());
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
