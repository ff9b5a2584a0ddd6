using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>A connection of two devices, one direction.</summary>
/// <param name="BytesPerMicrosecond">Bandwidth.</param>
public readonly record struct Link(double BytesPerMicrosecond, Microseconds Latency)
{
    public Microseconds Time(Bytes bytes) => Latency + new Microseconds(bytes.Value / BytesPerMicrosecond);
}

/// <summary>A device as planners see it.</summary>
/// <param name="Kind">The model's name, <c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Node">The machine it sits in.</param>
/// <param name="Memory">What plans may use of it.</param>
/// <param name="Speed">Node times are divided by it.</param>
public sealed record TopologyDevice(string Name, string Kind, int Node, Bytes Memory, double Speed)
{
    /// <summary>What operators cost on it.</summary>
    public DeviceModel Model { get; init; } = DeviceModel.Of(Kind);
}

/// <summary>The devices and what joins them; <see cref="DeviceId"/> is the position.</summary>
public sealed record Topology(ImmutableArray<TopologyDevice> Devices, Link IntraNode, Link InterNode)
{
    public TopologyDevice this[DeviceId id] => Devices[id.Value];

    public Link Between(DeviceId a, DeviceId b) => this[a].Node == this[b].Node ? IntraNode : InterNode;

    /// <summary>The link that some pair of all devices must use.</summary>
    public Link Slowest => !IsOneNode && InterNode.BytesPerMicrosecond < IntraNode.BytesPerMicrosecond ? InterNode : IntraNode;

    public bool IsOneNode => Devices.All(d => d.Node == Devices[0].Node);

    public bool HasOneSpeed => Devices.All(d => d.Speed == Devices[0].Speed);

    /// <summary>Bytes per microsecond of the slowest link between a device of one set and another device of the other; infinite if there is none.</summary>
    public double SlowestBetween(ReadOnlySpan<DeviceId> a, ReadOnlySpan<DeviceId> b)
    {
        double slowest = double.PositiveInfinity;
        foreach (var from in a)
        {
            foreach (var to in b)
            {
                if (from != to)
                    slowest = Math.Min(slowest, Between(from, to).BytesPerMicrosecond);
            }
        }

        return slowest;
    }

    /// <summary>Real devices, all in one node, as <see cref="DeviceModel.Of"/> has them. Who can ask the devices themselves knows more (GraphPipe.Api, CudaTopology).</summary>
    public static Topology Of(DeviceMesh mesh)
    {
        var model = mesh.Count > 0 ? DeviceModel.Of(mesh.Devices[0].Kind) : DeviceModel.Cpu;
        return new([.. mesh.Devices.Select(d => new TopologyDevice(d.ToString(), d.Kind, 0, model.Memory, 1))], model.IntraNode, model.InterNode);
    }

    /// <summary><paramref name="count"/> modelled devices, <paramref name="perNode"/> to a node, named <c>d0</c>, <c>d1</c> …</summary>
    public static Topology Of(DeviceModel model, int count, int perNode) => new(
        [.. Enumerable.Range(0, count).Select(i => new TopologyDevice(string.Create(CultureInfo.InvariantCulture, $"d{i}"), model.Kind, i / perNode, model.Memory, 1))],
        model.IntraNode,
        model.InterNode);

    /// <summary>Reads <c>8xv100@4</c>, <c>8xv100</c> (one node), or what <see cref="DeviceMesh.Parse"/> reads.</summary>
    /// <returns>Null with GP3001 if the text names no devices.</returns>
    public static Topology? Parse(string text, DiagnosticBag diagnostics)
    {
        int times = text.IndexOf('x', StringComparison.Ordinal);
        if (times > 0 && int.TryParse(text.AsSpan(0, times), NumberStyles.None, CultureInfo.InvariantCulture, out int count))
        {
            string[] parts = text[(times + 1)..].Split('@');
            int perNode = count;
            var model = DeviceModel.Find(parts[0]);
            bool readable = parts.Length == 1
                || (parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out perNode));
            if (model is not null && readable && count is > 0 and <= 65536 && perNode > 0)
                return Of(model, count, perNode);
            diagnostics.Add(Diagnostic.Error(
                Codes.DevicesUnreadable,
                $"'{text}' names no modelled devices",
                advice: $"write 8xv100@4 for eight devices, four to a node; models are {string.Join(", ", DeviceModel.All.Select(m => m.Kind))}"));
            return null;
        }

        try
        {
            return Of(DeviceMesh.Parse(text));
        }
        catch (DiagnosticException e)
        {
            diagnostics.AddRange(e.Diagnostics);
            return null;
        }
    }

    /// <summary>Reads a <c>graphpipe-topology</c> document.</summary>
    /// <param name="place">What to call the input in diagnostics.</param>
    /// <returns>Null with GP3017 in <paramref name="diagnostics"/> if the text is none.</returns>
    public static Topology? ReadJson(string json, string place, DiagnosticBag diagnostics)
    {
        return JsonFields.ReadDocument(json, place, Codes.TopologyMalformed, diagnostics, root =>
        {
            if (!root.IsFormat("graphpipe-topology"))
                return null;
            var topology = new Topology(
                [.. root.Array("devices").Select((element, i) => ReadDevice(root.At(element, $"device {i}"), i))],
                ReadLink(root, "intra_node"),
                ReadLink(root, "inter_node"));
            if (topology.Devices.Length == 0)
                root.Error("has no devices");
            foreach (var twice in topology.Devices.GroupBy(d => d.Name).Where(g => g.Count() > 1))
                root.Error($"has {twice.Count()} devices called '{twice.Key}'");
            return topology;
        });
    }

    public bool Equals(Topology? other) => other is not null && IntraNode == other.IntraNode && InterNode == other.InterNode && Devices.SequenceEqual(other.Devices);

    public override int GetHashCode() => HashCode.Combine(Devices.Length, IntraNode, InterNode);

    private static TopologyDevice ReadDevice(JsonFields device, int position)
    {
        if (!device.IsObject)
            return new("", "", 0, default, 1);
        string kind = device.Text("kind", "cpu");
        return new TopologyDevice(
            device.Text("name", string.Create(CultureInfo.InvariantCulture, $"d{position}")),
            kind,
            device.Int("node", 0),
            new Bytes(device.Long("memory_bytes", DeviceModel.Of(kind).Memory.Value)),
            device.Double("speed", 1, positive: true));
    }

    private static Link ReadLink(JsonFields root, string name)
    {
        if (!root.Element.TryGetProperty("links", out var links) || links.ValueKind != JsonValueKind.Object || !links.TryGetProperty(name, out var element))
        {
            root.Error($"has no link '{name}'");
            return new(1, default);
        }

        var link = root.At(element, $"link '{name}'");
        return link.IsObject ? new(link.Double("bytes_per_us", positive: true), new(link.Double("latency_us", 0))) : new(1, default);
    }
}
