using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using GraphPipe.Bundle;

namespace GraphPipe.Planning.Peers;

/// <summary>Reads the files of Piper's repository.</summary>
public static class PiperJson
{
    private const int MaxDevices = 65536;

    /// <param name="place">What to call the input in diagnostics, e.g. its file name.</param>
    /// <returns>Null with GP3012 in <paramref name="diagnostics"/> if the text is no input of Piper.</returns>
    public static PiperInput? Read(string json, string place, DiagnosticBag diagnostics) =>
        JsonFields.ReadDocument(json, place, Codes.CostGraphMalformed, diagnostics, root => root.IsObject ? ReadRoot(root) : null);

    private static PiperInput ReadRoot(JsonFields root)
    {
        int devices = (int)root.Long("maxDevices", least: 1, most: MaxDevices);
        double memory = root.Double("maxMemoryPerDevice", positive: true), bandwidth = root.Double("bandwidth", positive: true);
        long microBatches = root.Long(root.Has("mbsInBatch") || !root.Has("maxBatchSize") ? "mbsInBatch" : "maxBatchSize", least: 1);
        var elements = root.Array("nodes").ToList();
        var ids = elements.Select((e, i) => ReadId(root, e, i)).ToList();
        if (elements.Count == 0)
            root.Error("has no nodes");
        foreach (var twice in ids.GroupBy(i => i).Where(g => g.Count() > 1))
            root.Error($"has {twice.Count()} nodes with the id {twice.Key}");
        var positions = new Dictionary<int, int>();
        for (int i = 0; i < ids.Count; i++)
            positions.TryAdd(ids[i], i);
        ImmutableArray<PiperNode> nodes = [.. elements.Select((e, i) => ReadNode(root.At(e, $"node {ids[i]}"), ids[i], positions))];
        var edges = ReadEdges(root, positions);
        if (FindCycle(nodes.Length, edges) is { } stuck)
            root.Error($"has a cycle, in or before node {ids[stuck]} '{nodes[stuck].Name}'");
        return new PiperInput(nodes, edges, memory, devices, bandwidth, microBatches);
    }

    private static int ReadId(JsonFields root, JsonElement element, int position) =>
        element.ValueKind == JsonValueKind.Object ? root.At(element, $"node {position}").Int("id") : -1 - position;

    private static PiperNode ReadNode(JsonFields node, int id, Dictionary<int, int> positions)
    {
        var choices = ImmutableSortedDictionary.CreateBuilder<int, PiperChoice>();
        if (!node.IsObject)
            return new PiperNode(id, "", choices.ToImmutable());
        string name = node.Text("name", string.Create(CultureInfo.InvariantCulture, $"node{id}"));
        if (!node.Element.TryGetProperty("TMPCs", out var degrees) || degrees.ValueKind != JsonValueKind.Object)
        {
            node.Error("has no 'TMPCs', the costs by tensor degree");
            return new PiperNode(id, name, choices.ToImmutable());
        }

        foreach (var entry in degrees.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int degree) || degree is < 1 or > MaxDevices)
                node.Error($"has costs for '{entry.Name}', which is no tensor degree");
            else if (choices.ContainsKey(degree))
                node.Error($"has costs for tensor degree {degree} twice");
            else if (ReadChoice(node, entry.Value, $"node {id} at tensor degree {degree}", positions) is { } choice)
                choices.Add(degree, choice);
        }

        if (choices.Count == 0)
            node.Error("has no costs for any tensor degree");
        return new PiperNode(id, name, choices.ToImmutable());
    }

    private static PiperChoice? ReadChoice(JsonFields node, JsonElement list, string where, Dictionary<int, int> positions)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is < 1 or > 2)
        {
            node.At(list, where).Error("has no list of one or two configurations");
            return null;
        }

        var read = list.EnumerateArray().Select(e => (IsVanilla: IsCalledVanilla(e), Configuration: ReadConfiguration(node.At(e, where), positions))).ToList();
        // The plain one comes first in all known files; its name decides if it does not.
        if (read.Count == 2 && !read[0].IsVanilla && read[1].IsVanilla)
            read.Reverse();
        return new PiperChoice(read[0].Configuration, read.Count == 2 ? read[1].Configuration : null);
    }

    private static bool IsCalledVanilla(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String && id.GetString() == "vanilla";

    private static PiperConfiguration ReadConfiguration(JsonFields fields, Dictionary<int, int> positions) => !fields.IsObject
        ? new PiperConfiguration(0, 0, 0, 0, ImmutableDictionary<int, double>.Empty, ImmutableDictionary<int, double>.Empty)
        : new PiperConfiguration(
            fields.Double("timePerSample"),
            fields.Double("parameterSize"),
            fields.Double("memoryUsageA"),
            fields.Double("memoryUsageB"),
            ReadSync(fields, "syncTimeFw", positions),
            ReadSync(fields, "syncTimeBw", positions));

    private static ImmutableDictionary<int, double> ReadSync(JsonFields fields, string name, Dictionary<int, int> positions)
    {
        var bytes = ImmutableDictionary.CreateBuilder<int, double>();
        if (!fields.Element.TryGetProperty(name, out var sync))
            return bytes.ToImmutable();
        if (sync.ValueKind != JsonValueKind.Object)
        {
            fields.Error($"has '{name}' that is no object of bytes by node");
            return bytes.ToImmutable();
        }

        foreach (var entry in sync.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int id) || !positions.TryGetValue(id, out int position))
                fields.Error($"has '{name}' for node '{entry.Name}', which does not exist");
            else if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetDouble(out double number) || !double.IsFinite(number) || number < 0)
                fields.Error($"has '{name}' {entry.Value.GetRawText()} for node {id}, which is no number from 0");
            else if (!bytes.TryAdd(position, number))
                fields.Error($"has '{name}' for node {id} twice");
        }

        return bytes.ToImmutable();
    }

    private static ImmutableArray<PiperEdge> ReadEdges(JsonFields root, Dictionary<int, int> positions)
    {
        var edges = ImmutableArray.CreateBuilder<PiperEdge>();
        int number = 0;
        foreach (var element in root.Array("edges"))
        {
            var edge = root.At(element, $"edge {number++}");
            if (!edge.IsObject)
                continue;
            int from = edge.Int("sourceId"), to = edge.Int("destId");
            foreach (int end in new[] { from, to })
            {
                if (!positions.ContainsKey(end))
                    edge.Error($"names node {end}, which does not exist");
            }

            if (from == to)
                edge.Error($"joins node {from} with itself");
            double bytes = edge.Double("communicationCost");
            if (positions.TryGetValue(from, out int producer) && positions.TryGetValue(to, out int consumer) && producer != consumer)
                edges.Add(new PiperEdge(producer, consumer, bytes));
        }

        return edges.ToImmutable();
    }

    /// <returns>A node on a cycle or behind one; null if there is none.</returns>
    private static int? FindCycle(int nodes, ImmutableArray<PiperEdge> edges)
    {
        var waiting = new int[nodes];
        foreach (var edge in edges)
            waiting[edge.To]++;
        var successors = edges.ToLookup(e => e.From, e => e.To);
        var ready = new Queue<int>(Enumerable.Range(0, nodes).Where(i => waiting[i] == 0));
        int done = 0;
        while (ready.TryDequeue(out int node))
        {
            done++;
            foreach (int next in successors[node])
            {
                if (--waiting[next] == 0)
                    ready.Enqueue(next);
            }
        }

        return done < nodes ? Array.FindIndex(waiting, w => w > 0) : null;
    }
}
