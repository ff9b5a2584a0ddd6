using GraphPipe.Core;

namespace GraphPipe.Onnx;

/// <summary>
/// Names for the nodes of one graph. Several ops of a module may come from one node (inlined functions, decompositions), but ONNX Runtime takes no
/// two nodes of one name: the first op keeps it, the others get one that no node of the graph has.
/// </summary>
internal sealed class NodeNames(Region region)
{
    private readonly HashSet<string> _origins = [.. region.Ops.Where(op => op.Location.Nodes.Length > 0).Select(op => op.Location.Nodes[0])];
    private readonly Dictionary<string, int> _given = new(StringComparer.Ordinal);

    public string Next(string origin)
    {
        if (_given.TryAdd(origin, 1))
            return origin;
        while (true)
        {
            string name = $"{origin}_{_given[origin]++}";
            if (!_origins.Contains(name) && _given.TryAdd(name, 1))
                return name;
        }
    }
}
