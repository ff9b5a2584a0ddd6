using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>The <c>graphpipe-costgraph</c> document.</summary>
public static class CostGraphJson
{
    private const double MostMicroseconds = 1e18;

    /// <param name="place">What to call the input in diagnostics, e.g. its file name.</param>
    /// <returns>Null with GP3012 in <paramref name="diagnostics"/> if the text is no cost graph.</returns>
    public static CostGraph? Read(string json, string place, DiagnosticBag diagnostics)
    {
        var parts = JsonFields.ReadDocument(json, place, Codes.CostGraphMalformed, diagnostics, root =>
        {
            if (!root.IsFormat("graphpipe-costgraph"))
                return null;
            double unit = UnitInMicroseconds(root);
            ImmutableArray<CostNode> nodes = [.. root.Array("nodes").Select((element, i) => ReadNode(root.At(element, $"node {i}"), i, unit))];
            return Tuple.Create(nodes, ReadEdges(root, nodes));
        });
        return parts is var (nodes, edges) ? CostGraph.Create(nodes, edges, diagnostics) : null;
    }

    public static string Write(CostGraph graph)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("format", "graphpipe-costgraph");
            json.WriteNumber("version", 1);
            json.WriteString("time_unit", "us");
            json.WriteStartArray("nodes");
            foreach (var node in graph.Nodes)
                WriteNode(json, node);
            json.WriteEndArray();
            json.WriteStartArray("edges");
            foreach (var edge in graph.Edges)
            {
                json.WriteStartObject();
                json.WriteNumber("from", graph[edge.From].Id);
                json.WriteNumber("to", graph[edge.To].Id);
                json.WriteNumber("bytes_per_sample", edge.BytesPerSample.Value);
                json.WriteNumber("value", edge.Value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static double UnitInMicroseconds(JsonFields fields)
    {
        string unit = fields.Text("time_unit", "us");
        double factor = unit switch { "ns" => 1e-3, "us" => 1, "ms" => 1e3, "s" => 1e6, _ => 0 };
        if (factor == 0)
            fields.Error($"has time unit '{unit}'; known are ns, us, ms, s");
        return factor;
    }

    private static CostNode ReadNode(JsonFields node, int position, double unit)
    {
        if (!node.IsObject)
            return new(position, "", TimeTable.Zero, TimeTable.Zero, null, default, default, default, default, []);
        int id = node.Int("id", position);
        string name = node.Text("name", string.Create(CultureInfo.InvariantCulture, $"node{id}"));
        var fields = node.At(node.Element, $"node '{name}'");
        return new CostNode(
            id,
            name,
            ReadTimes(fields, "forward", unit),
            ReadTimes(fields, "backward", unit),
            fields.Has("backward_weight") ? ReadTimes(fields, "backward_weight", unit) : null,
            new Bytes(fields.Long("saved_bytes_per_sample", 0)),
            new Bytes(fields.Long("parameter_bytes", 0)),
            new Bytes(fields.Long("frozen_bytes", 0)),
            new Bytes(fields.Long("workspace_bytes", 0)),
            ReadShared(fields))
        {
            Update = new(fields.Double("update", 0) * unit),
        };
    }

    private static TimeTable ReadTimes(JsonFields node, string name, double unit)
    {
        if (!node.Element.TryGetProperty(name, out var times))
        {
            node.Error($"has no times '{name}'");
            return TimeTable.Zero;
        }

        if (times.ValueKind == JsonValueKind.Number && times.TryGetDouble(out double zero) && zero == 0)
            return TimeTable.Zero;
        var points = new List<TimePoint>();
        if (times.ValueKind != JsonValueKind.Object)
        {
            node.Error($"has '{name}' {times.GetRawText()}, which is no object of times by micro-batch size");
            return TimeTable.Zero;
        }

        foreach (var entry in times.EnumerateObject())
        {
            if (!long.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out long samples) || samples < 1)
                node.Error($"has a time of '{name}' for '{entry.Name}', which is no micro-batch size");
            else if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetDouble(out double time) || !(time * unit is >= 0 and <= MostMicroseconds))
                node.Error($"has the time {entry.Value.GetRawText()} in '{name}', which is none from 0 to 1e18 us");
            else if (points.Exists(p => p.Samples == samples))
                node.Error($"has two times in '{name}' for {samples}");
            else
                points.Add(new TimePoint(samples, new Microseconds(time * unit)));
        }

        return new TimeTable(points);
    }

    private static ImmutableArray<SharedParameter> ReadShared(JsonFields node)
    {
        if (!node.Element.TryGetProperty("shared_parameters", out var shared))
            return [];
        if (shared.ValueKind != JsonValueKind.Object)
        {
            node.Error("has 'shared_parameters' that are no object of sizes by name");
            return [];
        }

        var fields = node.At(shared, "'shared_parameters'");
        return [.. shared.EnumerateObject().Select(p => new SharedParameter(p.Name, new Bytes(fields.Long(p.Name))))];
    }

    private static ImmutableArray<CostEdge> ReadEdges(JsonFields root, ImmutableArray<CostNode> nodes)
    {
        var positions = new Dictionary<int, int>();
        for (int i = 0; i < nodes.Length; i++)
            positions.TryAdd(nodes[i].Id, i);
        // An edge without a value is a value of its own; names of values are private to their producer.
        var values = new Dictionary<(int, string), int>();
        int next = 0;
        var edges = ImmutableArray.CreateBuilder<CostEdge>();
        foreach (var element in root.Array("edges"))
        {
            var edge = root.At(element, $"edge {edges.Count}");
            if (!edge.IsObject)
                continue;
            int from = edge.Int("from"), to = edge.Int("to");
            foreach (int end in new[] { from, to })
            {
                if (!positions.ContainsKey(end))
                    edge.Error($"names node {end}, which does not exist");
            }

            int value = next;
            if (!element.TryGetProperty("value", out var key))
                next++;
            else if (!values.TryGetValue((from, key.ToString()), out value))
                values.Add((from, key.ToString()), value = next++);
            edges.Add(new CostEdge(
                new(positions.GetValueOrDefault(from)), new(positions.GetValueOrDefault(to)), new Bytes(edge.Long("bytes_per_sample")), value));
        }

        return edges.ToImmutable();
    }

    private static void WriteNode(Utf8JsonWriter json, CostNode node)
    {
        json.WriteStartObject();
        json.WriteNumber("id", node.Id);
        json.WriteString("name", node.Name);
        WriteTimes(json, "forward", node.Forward);
        WriteTimes(json, "backward", node.Backward);
        if (node.BackwardWeight is not null)
            WriteTimes(json, "backward_weight", node.BackwardWeight);
        if (node.Update.Value > 0)
            json.WriteNumber("update", node.Update.Value);
        json.WriteNumber("saved_bytes_per_sample", node.SavedPerSample.Value);
        json.WriteNumber("parameter_bytes", node.ParameterBytes.Value);
        json.WriteNumber("frozen_bytes", node.FrozenBytes.Value);
        json.WriteNumber("workspace_bytes", node.Workspace.Value);
        if (node.SharedParameters.Length > 0)
        {
            json.WriteStartObject("shared_parameters");
            foreach (var shared in node.SharedParameters)
                json.WriteNumber(shared.Name, shared.Size.Value);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteTimes(Utf8JsonWriter json, string name, TimeTable table)
    {
        json.WriteStartObject(name);
        foreach (var point in table.Points)
            json.WriteNumber(point.Samples.ToString(CultureInfo.InvariantCulture), point.Time.Value);
        json.WriteEndObject();
    }
}
