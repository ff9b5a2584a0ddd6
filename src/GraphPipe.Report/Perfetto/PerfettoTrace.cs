using System.Globalization;
using System.Text.Json;
using GraphPipe.Bundle;

namespace GraphPipe.Report;

/// <summary>
/// Time lines as a trace in Chrome's JSON format, which ui.perfetto.dev and chrome://tracing open
/// (docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU): each device is a process with a thread for work, one for messages, one for copies to the host and one for those back, and counters;
/// an arrow goes from each send to its receive. <see cref="PerfettoReader"/> reads it back: what Perfetto has no use for stands under <c>otherData</c>.
/// </summary>
public static class PerfettoTrace
{
    internal const string Format = "graphpipe-trace";

    private const int WorkThread = 1, MessageThread = 2, OffloadThread = 3, ReloadThread = 4;

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <exception cref="DiagnosticException">GP5007: it can't be written.</exception>
    public static void Write(string path, TimeLine timeline) => AtomicFile.Write(path, stream => Write(stream, timeline));

    public static void Write(Stream stream, TimeLine timeline)
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        WriteHeader(json, timeline);
        json.WriteStartArray("traceEvents");
        for (int d = 0; d < timeline.Devices.Length; d++)
        {
            Name(json, "process_name", d, 0, timeline.Devices[d].Name);
            Event(json, "M", "process_sort_index", d, 0, null, () => json.WriteNumber("sort_index", d));
            Name(json, "thread_name", d, WorkThread, "work");
            if (timeline.Devices[d].Works.Any(w => w.Work.IsMessage))
                Name(json, "thread_name", d, MessageThread, "messages");
            if (!timeline.Devices[d].HasCopies)
                continue;
            Name(json, "thread_name", d, OffloadThread, "copies to the host");
            Name(json, "thread_name", d, ReloadThread, "copies back");
        }

        for (int d = 0; d < timeline.Devices.Length; d++)
            WriteDevice(json, timeline, d);
        WriteArrows(json, timeline);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteHeader(Utf8JsonWriter json, TimeLine timeline)
    {
        json.WriteStartObject("otherData");
        json.WriteString("format", Format);
        json.WriteNumber("version", 1);
        json.WriteString("name", timeline.Name);
        json.WriteString("unit", timeline.Unit == TimeUnit.Microseconds ? "us" : "cost");
        foreach (var (field, names) in new[] { ("stages", timeline.Stages), ("channels", timeline.Channels) })
        {
            json.WriteStartArray(field);
            foreach (string name in names)
                json.WriteStringValue(name);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteDevice(Utf8JsonWriter json, TimeLine timeline, int device)
    {
        int inFlight = 0;
        foreach (var timed in timeline.Devices[device].Works)
        {
            var work = timed.Work;
            if (timed.Wait > 0)
                Slice(json, "wait", "wait", device, MessageThread, timed.Start - timed.Wait, timed.Wait, null);
            string name = $"{work.Kind.Text()} {timeline.NameOf(work)}{(work.MicroBatch.Index < 0 ? "" : " " + work.MicroBatch.Index.ToString(CultureInfo.InvariantCulture))}";
            Slice(json, name, work.Kind.Text(), device, ThreadOf(work), timed.Start, timed.Duration, () =>
            {
                json.WriteNumber(work.IsMessage ? "channel" : "stage", work.Target);
                json.WriteNumber("micro_batch", work.MicroBatch.Index);
                json.WriteNumber("sample", work.FirstSample);
                if (timed.Wait > 0)
                    json.WriteNumber("wait", timed.Wait);
            });
            if (work.InFlight == 0)
                continue;
            inFlight += work.InFlight;
            Event(json, "C", "in flight", device, 0, work.InFlight > 0 ? timed.Start : timed.End, () => json.WriteNumber("micro_batches", inFlight));
        }

        foreach (var point in timeline.Devices[device].Memory)
            Event(json, "C", "memory", device, 0, point.Time, () => json.WriteNumber("bytes", point.Bytes));
    }

    // A message is known by its channel and the samples that travel.
    private static void WriteArrows(Utf8JsonWriter json, TimeLine timeline)
    {
        var sends = new Dictionary<(int Channel, long FirstSample), (int Device, double End)>();
        foreach (var (device, timed) in Works(timeline).Where(w => w.Timed.Work.Kind == WorkKind.Send))
            sends.TryAdd((timed.Work.Target, timed.Work.FirstSample), (device, timed.End));
        int id = 0;
        foreach (var (device, timed) in Works(timeline).Where(w => w.Timed.Work.Kind == WorkKind.Receive))
        {
            if (!sends.TryGetValue((timed.Work.Target, timed.Work.FirstSample), out var send))
                continue;
            Arrow(json, "s", timeline.NameOf(timed.Work), ++id, send.Device, send.End);
            Arrow(json, "f", timeline.NameOf(timed.Work), id, device, timed.Start);
        }
    }

    private static int ThreadOf(Work work) => work.Kind switch
    {
        WorkKind.Send or WorkKind.Receive => MessageThread,
        WorkKind.Offload => OffloadThread,
        WorkKind.Reload => ReloadThread,
        _ => WorkThread,
    };

    private static IEnumerable<(int Device, TimedWork Timed)> Works(TimeLine timeline) => timeline.Devices.SelectMany((d, i) => d.Works.Select(w => (i, w)));

    private static void Arrow(Utf8JsonWriter json, string phase, string name, int id, int device, double time)
    {
        Begin(json, phase, name, device, MessageThread, time);
        json.WriteString("cat", "message");
        json.WriteNumber("id", id);
        // To the slice around that time, not to the next one.
        if (phase == "f")
            json.WriteString("bp", "e");
        json.WriteEndObject();
    }

    private static void Name(Utf8JsonWriter json, string what, int device, int thread, string name) =>
        Event(json, "M", what, device, thread, null, () => json.WriteString("name", name));

    private static void Slice(Utf8JsonWriter json, string name, string category, int device, int thread, double start, double duration, Action? arguments)
    {
        Begin(json, "X", name, device, thread, start);
        json.WriteString("cat", category);
        json.WriteNumber("dur", duration);
        End(json, arguments);
    }

    private static void Event(Utf8JsonWriter json, string phase, string name, int device, int thread, double? time, Action arguments)
    {
        Begin(json, phase, name, device, thread, time);
        End(json, arguments);
    }

    // Processes are numbered from 1: Perfetto keeps 0 for itself.
    private static void Begin(Utf8JsonWriter json, string phase, string name, int device, int thread, double? time)
    {
        json.WriteStartObject();
        json.WriteString("ph", phase);
        json.WriteString("name", name);
        json.WriteNumber("pid", device + 1);
        json.WriteNumber("tid", thread);
        if (time is { } at)
            json.WriteNumber("ts", at);
    }

    private static void End(Utf8JsonWriter json, Action? arguments)
    {
        if (arguments is not null)
        {
            json.WriteStartObject("args");
            arguments();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
