using System.Collections.Immutable;
using System.Text.Json;
using GraphPipe.Bundle;

namespace GraphPipe.Report;

/// <summary>Reads traces that <see cref="PerfettoTrace"/> wrote.</summary>
public static class PerfettoReader
{
    /// <param name="place">What to call the text in diagnostics, e.g. its path.</param>
    /// <returns>Null with GP3016 in <paramref name="diagnostics"/> if it is no trace of ours.</returns>
    public static TimeLine? Read(string text, string place, DiagnosticBag diagnostics)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return Read(document.RootElement);
        }
        // System.Text.Json says that a value is missing or of another kind by exceptions; here they are the user's file.
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            string why = e is KeyNotFoundException ? "a field is missing" : e.Message.ReplaceLineEndings(" ").TrimEnd('.');
            diagnostics.Add(Diagnostic.Error(Codes.TraceMalformed, $"it is no trace of GraphPipe: {why}", place, "write one with 'train --trace FILE', 'simulate --trace FILE' or 'schedule --trace FILE'"));
            return null;
        }
    }

    private static TimeLine Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("otherData", out var header) || header.ValueKind != JsonValueKind.Object
            || !header.TryGetProperty("format", out var format) || !format.ValueEquals(PerfettoTrace.Format))
        {
            throw new FormatException($"its otherData has no format '{PerfettoTrace.Format}'");
        }

        if (header.GetProperty("version").GetInt32() is not 1 and var version)
            throw new FormatException($"its version is {version}; this program reads version 1");
        ImmutableArray<string> Names(string field) => [.. header.GetProperty(field).EnumerateArray().Select(n => n.GetString() ?? "")];
        var (stages, channels) = (Names("stages"), Names("channels"));
        var devices = new SortedDictionary<int, (string Name, List<TimedWork> Works, List<MemoryPoint> Memory)>();
        foreach (var entry in root.GetProperty("traceEvents").EnumerateArray())
        {
            int process = entry.GetProperty("pid").GetInt32();
            switch (entry.GetProperty("ph").GetString())
            {
                case "M" when entry.GetProperty("name").ValueEquals("process_name"):
                    devices[process] = (entry.GetProperty("args").GetProperty("name").GetString() ?? "", [], []);
                    break;
                case "X" when WorkKinds.Parse(entry.GetProperty("cat").GetString()) is { } kind:
                    devices[process].Works.Add(ReadWork(entry, kind, stages, channels));
                    break;
                case "C" when entry.GetProperty("name").ValueEquals("memory"):
                    devices[process].Memory.Add(new(Time(entry.GetProperty("ts")), entry.GetProperty("args").GetProperty("bytes").GetInt64()));
                    break;
            }
        }

        var unit = header.GetProperty("unit").GetString() switch
        {
            "us" => TimeUnit.Microseconds,
            "cost" => TimeUnit.Cost,
            var other => throw new FormatException($"its unit is '{other}', not 'us' or 'cost'"),
        };
        return new(header.GetProperty("name").GetString() ?? "", unit, stages, channels, [.. devices.Values.Select(d => new DeviceLine(d.Name, [.. d.Works.OrderBy(w => w.Start)], [.. d.Memory]))]);
    }

    private static TimedWork ReadWork(JsonElement entry, WorkKind kind, ImmutableArray<string> stages, ImmutableArray<string> channels)
    {
        var arguments = entry.GetProperty("args");
        bool isMessage = kind is WorkKind.Send or WorkKind.Receive;
        int target = arguments.GetProperty(isMessage ? "channel" : "stage").GetInt32();
        if (target < 0 || target >= (isMessage ? channels : stages).Length)
            throw new FormatException($"an event is of {(isMessage ? "channel" : "stage")} {target}, which has no name");
        double start = Time(entry.GetProperty("ts"));
        var work = new Work(kind, target, new MicroBatch(arguments.GetProperty("micro_batch").GetInt32()), arguments.GetProperty("sample").GetInt64());
        return new(work, start, start + Time(entry.GetProperty("dur")), arguments.TryGetProperty("wait", out var wait) ? Time(wait) : 0);
    }

    private static double Time(JsonElement number) =>
        number.GetDouble() is >= 0 and < double.PositiveInfinity and var time ? time : throw new FormatException($"{number} is no time");
}
