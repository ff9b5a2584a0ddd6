using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>The <c>graphpipe-profile</c> document, version 1; times in microseconds. docs/planning.md has its fields.</summary>
public static class ProfileJson
{
    private const string DateFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    private const long MostSamples = 1L << 32;
    private const int MostDevices = 65536;

    private static readonly ImmutableArray<(OpPhase Phase, string Name)> Phases =
        [(OpPhase.Forward, "forward"), (OpPhase.BackwardInput, "backward_input"), (OpPhase.BackwardWeight, "backward_weight"), (OpPhase.Update, "update")];

    /// <param name="place">What to call the input in diagnostics, e.g. its file name.</param>
    /// <returns>Null with GP3020 in <paramref name="diagnostics"/>, one for each fault, if the text is no profile.</returns>
    public static Profile? Read(string json, string place, DiagnosticBag diagnostics) =>
        JsonFields.ReadDocument(json, place, Codes.ProfileMalformed, diagnostics, root => root.IsFormat("graphpipe-profile") ? Read(root) : null);

    public static string Write(Profile profile)
    {
        var buffer = new ArrayBufferWriter<byte>();
        // Keys have quotes and arrows, and nothing of ours is pasted into HTML.
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("format", "graphpipe-profile");
            json.WriteNumber("version", 1);
            json.WriteString("time_unit", "us");
            json.WriteString("date", profile.Date.UtcDateTime.ToString(DateFormat, CultureInfo.InvariantCulture));
            WriteConditions(json, profile);
            json.WriteStartArray("ops");
            foreach (var op in profile.Ops)
                WriteOp(json, op);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static Profile Read(JsonFields root)
    {
        if (root.Text("time_unit", "us") is not "us" and var unit)
            root.Error($"has time unit '{unit}'; profiles are in us");
        if (!DateTimeOffset.TryParseExact(root.Text("date"), DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date))
            root.Error("has a 'date' that is not like 2026-01-31T12:00:00Z");
        var machine = Child(root, "machine");
        var device = Child(root, "device");
        var overheads = Child(root, "overheads");
        Link? copy = overheads is not null && overheads.Has("copy") && Child(overheads, "copy") is { } fields
            ? new Link(fields.Double("bytes_per_us", positive: true), new(fields.Double("latency_us")))
            : null;
        ImmutableArray<OpProfile> ops = [.. root.Array("ops").Select((element, i) => ReadOp(root.At(element, string.Create(CultureInfo.InvariantCulture, $"op {i}")))).OfType<OpProfile>()];
        if (ops.IsEmpty)
            root.Error("has no ops");
        foreach (var twice in ops.GroupBy(o => o.Key).Where(g => g.Count() > 1))
            root.Error($"has the op '{twice.Key}' {twice.Count()} times");
        return new Profile(
            machine is null ? new("", 1, "", "", "") : new(machine.Text("processor"), machine.Int("cores"), machine.Text("system"), machine.Text("runtime"), machine.Text("simd")),
            device is null ? new("", 1, 1) : new(device.Text("kind"), (int)device.Long("count", least: 1, most: MostDevices), (int)device.Long("threads", least: 1, most: MostDevices)),
            date,
            overheads is null ? new(default, default, null, default) : new(new(overheads.Double("action")), new(overheads.Double("step")), copy, new(overheads.Double("wake"))) { Stretch = overheads.Has("stretch") ? overheads.Double("stretch", positive: true) : 1 },
            [.. ops.OrderBy(o => o.Key.Text, StringComparer.Ordinal)]);
    }

    private static JsonFields? Child(JsonFields parent, string name, string? subject = null)
    {
        if (!parent.Element.TryGetProperty(name, out var element))
        {
            parent.Error($"has no object '{name}'");
            return null;
        }

        var child = parent.At(element, subject ?? $"'{name}'");
        return child.IsObject ? child : null;
    }

    private static OpProfile? ReadOp(JsonFields op)
    {
        if (!op.IsObject)
            return null;
        var key = new OpKey(op.Text("key"));
        var fields = key.Text.Length == 0 ? op : op.At(op.Element, $"op '{key}'");
        if (key.Text.Length > 0 && key.Operator.Length == 0)
            fields.Error("has a key that names no operator: it wants OPERATOR(OPERANDS) -> RESULTS");
        var times = ImmutableSortedDictionary.CreateBuilder<OpPhase, ImmutableSortedDictionary<long, MeasuredTime>>();
        foreach (var (phase, name) in Phases.Where(p => fields.Has(p.Name)))
        {
            if (Child(fields, name, $"op '{key}', '{name}'") is { } sizes)
                times.Add(phase, ReadTimes(sizes, $"op '{key}', '{name}'"));
        }

        if (times.Count == 0)
            fields.Error($"has no times: it wants one or more of {string.Join(", ", Phases.Select(p => p.Name))}");
        return new OpProfile(
            key,
            [.. fields.Array("nodes").Select(n => n.ToString())],
            new Work(fields.Double("flops_per_sample"), fields.Double("bytes_per_sample"), fields.Double("fixed_bytes"), 1),
            times.ToImmutable());
    }

    private static ImmutableSortedDictionary<long, MeasuredTime> ReadTimes(JsonFields sizes, string subject)
    {
        var times = ImmutableSortedDictionary.CreateBuilder<long, MeasuredTime>();
        foreach (var entry in sizes.Element.EnumerateObject())
        {
            var time = sizes.At(entry.Value, $"{subject}, size '{entry.Name}'");
            if (!long.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out long samples) || samples is < 1 or > MostSamples)
                time.Error($"is no micro-batch size from 1 to {MostSamples}");
            else if (time.IsObject)
                times[samples] = new MeasuredTime(new(time.Double("median")), new(time.Double("spread")), time.Long("runs", least: 1));
        }

        if (times.Count == 0)
            sizes.Error("has no sizes");
        return times.ToImmutable();
    }

    private static void WriteConditions(Utf8JsonWriter json, Profile profile)
    {
        json.WriteStartObject("machine");
        json.WriteString("processor", profile.Machine.Processor);
        json.WriteNumber("cores", profile.Machine.Cores);
        json.WriteString("system", profile.Machine.System);
        json.WriteString("runtime", profile.Machine.Runtime);
        json.WriteString("simd", profile.Machine.Simd);
        json.WriteEndObject();
        json.WriteStartObject("device");
        json.WriteString("kind", profile.Devices.Kind);
        json.WriteNumber("count", profile.Devices.Count);
        json.WriteNumber("threads", profile.Devices.Threads);
        json.WriteEndObject();
        json.WriteStartObject("overheads");
        json.WriteNumber("action", profile.Overheads.Action.Value);
        json.WriteNumber("step", profile.Overheads.Step.Value);
        json.WriteNumber("wake", profile.Overheads.Wake.Value);
        json.WriteNumber("stretch", profile.Overheads.Stretch);
        if (profile.Overheads.Copy is { } copy)
        {
            json.WriteStartObject("copy");
            json.WriteNumber("bytes_per_us", copy.BytesPerMicrosecond);
            json.WriteNumber("latency_us", copy.Latency.Value);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteOp(Utf8JsonWriter json, OpProfile op)
    {
        json.WriteStartObject();
        json.WriteString("key", op.Key.Text);
        json.WriteString("operator", op.Key.Operator);
        json.WriteStartArray("nodes");
        foreach (string node in op.Nodes)
            json.WriteStringValue(node);
        json.WriteEndArray();
        json.WriteNumber("flops_per_sample", op.Work.FlopsPerSample);
        json.WriteNumber("bytes_per_sample", op.Work.BytesPerSample);
        json.WriteNumber("fixed_bytes", op.Work.FixedBytes);
        foreach (var (phase, name) in Phases.Where(p => op.Times.ContainsKey(p.Phase)))
        {
            json.WriteStartObject(name);
            foreach (var (samples, time) in op.Times[phase])
            {
                json.WriteStartObject(samples.ToString(CultureInfo.InvariantCulture));
                json.WriteNumber("median", time.Median.Value);
                json.WriteNumber("spread", time.Spread.Value);
                json.WriteNumber("runs", time.Runs);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
