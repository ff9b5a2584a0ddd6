using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Gives stages alike devices so that replicas of one stage share a node, where one has room for them, and stages that follow one another are
/// near: each stage would begin where those before it in the pipeline end, and goes to the next node around there with enough free devices.
/// Stages with many devices choose first, for they fit in the fewest nodes.
/// </summary>
internal sealed class DeviceArrangement
{
    private readonly DeviceId[][] _nodes;
    private readonly int[] _nodeAt;

    /// <param name="topology">Its devices may sit in any nodes; their speeds do not count.</param>
    public DeviceArrangement(Topology topology)
    {
        _nodes = [.. Enumerable.Range(0, topology.Devices.Length).GroupBy(d => topology.Devices[d].Node).Select(g => g.Select(d => new DeviceId(d)).ToArray())];
        _nodeAt = [.. _nodes.SelectMany((devices, n) => Enumerable.Repeat(n, devices.Length))];
        SmallestNode = _nodes.Min(n => n.Length);
    }

    /// <summary>Devices of the smallest node.</summary>
    public int SmallestNode { get; }

    /// <param name="replicas">Devices of each stage, in order of the pipeline; no more in all than there are.</param>
    public DeviceId[][] Of(IReadOnlyList<int> replicas)
    {
        int[] used = new int[_nodes.Length];
        int[] start = new int[replicas.Count];
        for (int s = 1; s < start.Length; s++)
            start[s] = start[s - 1] + replicas[s - 1];
        var result = new DeviceId[replicas.Count][];
        foreach (int s in Enumerable.Range(0, replicas.Count).OrderByDescending(s => replicas[s]))
            result[s] = Take(used, _nodeAt[start[s]], replicas[s]);
        return result;
    }

    // From one node if any has room, the one nearest to the wish; else from as many as it takes, from there on.
    private DeviceId[] Take(int[] used, int wish, int count)
    {
        for (int distance = 0; distance < _nodes.Length; distance++)
        {
            foreach (int node in (int[])[wish + distance, wish - distance])
            {
                if (node >= 0 && node < _nodes.Length && _nodes[node].Length - used[node] >= count)
                    return TakeOf(used, node, count);
            }
        }

        var devices = new List<DeviceId>(count);
        for (int node = wish; devices.Count < count; node = (node + 1) % _nodes.Length)
            devices.AddRange(TakeOf(used, node, Math.Min(count - devices.Count, _nodes[node].Length - used[node])));
        return [.. devices];
    }

    private DeviceId[] TakeOf(int[] used, int node, int count)
    {
        used[node] += count;
        return _nodes[node][(used[node] - count)..used[node]];
    }
}
