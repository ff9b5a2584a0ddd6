using System.Collections.Immutable;

namespace GraphPipe.Runtime;

/// <summary>
/// Which actions must wait for which, where devices have several queues: the fewest waits that order all actions whose order matters. An action and an earlier one of its device in
/// another queue, if one writes what the other touches; a receive and its send; a send and the receive that frees its place. Of these the ones are left out that follow from
/// others and from the order within queues: the transitive reduction, which of a graph without circles is unique (Aho, Garey, Ullman, "The transitive reduction of a directed graph", 1972).
/// </summary>
/// <param name="inOrder">
/// Whether devices keep to the order of their lists. Where they take what is ready, what is queued in which order is not known before, so no wait follows from another; actions whose order
/// matters keep it all the same (<see cref="Bundle.ActionDependencies"/>).
/// </param>
internal sealed class QueueOrder(bool inOrder)
{
    private static readonly int Queues = Enum.GetValues<DeviceQueue>().Length;

    private readonly List<Node> _nodes = [];
    private readonly Dictionary<int, List<int>> _ofDevice = [];
    private readonly Dictionary<int, int> _lastOf = [];

    /// <summary>An action; those of a queue are added in the order of its list.</summary>
    /// <param name="device">Its device.</param>
    /// <param name="queue">Its queue there.</param>
    /// <param name="footprint">What it reads and writes.</param>
    /// <returns>Its number.</returns>
    public int Add(int device, DeviceQueue queue, Footprint footprint)
    {
        int number = _nodes.Count, line = device * Queues + (int)queue, previous = _lastOf.GetValueOrDefault(line, -1);
        var node = new Node(line, previous, previous < 0 ? 1 : _nodes[previous].Place + 1, footprint);
        if (!_ofDevice.TryGetValue(device, out var own))
            _ofDevice.Add(device, own = []);
        var met = new HashSet<int>();
        for (int k = own.Count - 1; k >= 0 && met.Count < Queues - 1; k--)
        {
            // The last one of a queue stands for all before it.
            int i = own[k];
            if (_nodes[i].Line != line && !met.Contains(_nodes[i].Line) && _nodes[i].Footprint.Meets(footprint))
            {
                node.Before.Add(i);
                if (inOrder)
                    met.Add(_nodes[i].Line);
            }
        }

        _nodes.Add(node);
        own.Add(number);
        _lastOf[line] = number;
        return number;
    }

    /// <summary>Lets an action wait for one of another device.</summary>
    public void Order(int before, int after) => _nodes[after].Before.Add(before);

    /// <summary>For each action those that it waits for.</summary>
    public ImmutableArray<ImmutableArray<int>> Waits()
    {
        if (!inOrder)
            return [.. _nodes.Select(n => n.Before.ToImmutableArray())];
        int lines = _nodes.Count == 0 ? 0 : _nodes.Max(n => n.Line) + 1;
        var waits = new ImmutableArray<int>[_nodes.Count];

        // For each action how far every queue has come when it begins, itself included: vector clocks (Mattern, "Virtual time and global states of distributed systems", 1988).
        int[][] clocks = new int[_nodes.Count][];
        foreach (int i in Topological())
        {
            var node = _nodes[i];
            int[] clock = node.Previous < 0 ? new int[lines] : [.. clocks[node.Previous]];
            waits[i] = [.. node.Before.Where(u => clock[_nodes[u].Line] < _nodes[u].Place && !node.Before.Any(w => w != u && clocks[w][_nodes[u].Line] >= _nodes[u].Place))];
            foreach (int before in node.Before)
            {
                for (int line = 0; line < lines; line++)
                    clock[line] = Math.Max(clock[line], clocks[before][line]);
            }

            clock[node.Line] = node.Place;
            clocks[i] = clock;
        }

        return [.. waits];
    }

    private List<int> Topological()
    {
        int[] missing = new int[_nodes.Count];
        var after = _nodes.Select(_ => new List<int>()).ToArray();
        for (int i = 0; i < _nodes.Count; i++)
        {
            foreach (int before in _nodes[i].Previous < 0 ? _nodes[i].Before : _nodes[i].Before.Append(_nodes[i].Previous))
            {
                after[before].Add(i);
                missing[i]++;
            }
        }

        var ready = new Queue<int>(Enumerable.Range(0, _nodes.Count).Where(i => missing[i] == 0));
        var order = new List<int>();
        while (ready.TryDequeue(out int next))
        {
            order.Add(next);
            foreach (int i in after[next])
            {
                if (--missing[i] == 0)
                    ready.Enqueue(i);
            }
        }

        return order.Count == _nodes.Count ? order : throw new InvalidOperationException("actions wait for each other in a circle");
    }

    /// <param name="Line">The queue, of all devices'.</param>
    /// <param name="Previous">The action before it in its queue; -1 for none.</param>
    /// <param name="Place">Its place in its queue, from 1.</param>
    private sealed record Node(int Line, int Previous, int Place, Footprint Footprint)
    {
        public HashSet<int> Before { get; } = [];
    }
}
