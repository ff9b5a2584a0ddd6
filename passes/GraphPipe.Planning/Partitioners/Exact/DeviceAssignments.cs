using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// Every way to give stages their devices that may matter. Devices of equal speed and memory in one node are interchangeable, and so are nodes
/// with equal devices; of such ways only the first is given.
/// </summary>
internal sealed class DeviceAssignments
{
    private readonly Topology _topology;
    private readonly bool[] _used;
    private readonly (double Speed, long Memory)[] _kind;
    private readonly int[] _node;
    private readonly List<int>[] _members;

    public DeviceAssignments(PartitionRequest request)
    {
        _topology = request.Topology;
        _used = new bool[_topology.Devices.Length];
        _kind = [.. _topology.Devices.Select((d, i) => (d.Speed, request.LimitOf(new DeviceId(i)).Value))];
        var numbers = _topology.Devices.Select(d => d.Node).Distinct().Select((n, i) => (n, i)).ToDictionary(p => p.n, p => p.i);
        _node = [.. _topology.Devices.Select(d => numbers[d.Node])];
        _members = [.. Enumerable.Range(0, numbers.Count).Select(n => Enumerable.Range(0, _node.Length).Where(i => _node[i] == n).ToList())];
    }

    /// <summary>Calls <paramref name="found"/> for each assignment, with the layout's devices set.</summary>
    /// <param name="replicas">Devices of each stage.</param>
    public void ForEach(StageLayout layout, int[] replicas, Action found) => Place(layout, replicas, 0, new List<DeviceId>(), 0, found);

    private void Place(StageLayout layout, int[] replicas, int stage, List<DeviceId> chosen, int from, Action found)
    {
        if (stage == layout.Count)
        {
            found();
            return;
        }

        if (chosen.Count == replicas[stage])
        {
            layout.Devices[stage] = [.. chosen];
            Place(layout, replicas, stage + 1, [], 0, found);
            return;
        }

        for (int d = from; d < _used.Length; d++)
        {
            if (_used[d] || HasTwinBefore(d, from))
                continue;
            _used[d] = true;
            chosen.Add(new DeviceId(d));
            Place(layout, replicas, stage, chosen, d + 1, found);
            chosen.RemoveAt(chosen.Count - 1);
            _used[d] = false;
        }
    }

    // A free device before this one (and not before the one chosen last) that would do the same.
    private bool HasTwinBefore(int device, int from)
    {
        for (int d = from; d < device; d++)
        {
            if (!_used[d] && _kind[d] == _kind[device] && (_node[d] == _node[device] || (IsUntouched(_node[d]) && IsUntouched(_node[device]) && AreAlike(_node[d], _node[device]))))
                return true;
        }

        return false;
    }

    private bool IsUntouched(int node) => _members[node].TrueForAll(d => !_used[d]);

    private bool AreAlike(int a, int b) => _members[a].Count == _members[b].Count && _members[a].Select(d => _kind[d]).Order().SequenceEqual(_members[b].Select(d => _kind[d]).Order());
}
