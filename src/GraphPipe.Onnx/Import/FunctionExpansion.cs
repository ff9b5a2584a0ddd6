using GraphPipe.Bundle;
using GraphPipe.Onnx.Proto;

namespace GraphPipe.Onnx;

/// <summary>
/// Makes sure, before functions are inlined, that this comes to an end and to a module of a sensible size: a file of a kilobyte can describe
/// 2⁴⁰ nodes by functions that call functions twice.
/// </summary>
internal sealed class FunctionExpansion(FunctionTable functions)
{
    private const long MostNodes = 2_000_000;

    private const int DeepestNesting = 64;

    private readonly Dictionary<FunctionKey, (long Nodes, int Depth)> _bodies = [];
    private readonly List<FunctionKey> _calls = [];

    /// <returns>The number of nodes that reading the graph comes to; graphs that are handed to functions as attributes count once.</returns>
    /// <exception cref="DiagnosticException">GP1011: a function calls itself, calls are nested too deep, or there are too many.</exception>
    public long Check(GraphProto graph)
    {
        long nodes = 0;
        foreach (var node in graph.Node)
            nodes = Sum(nodes, Measure(node).Nodes, node);
        return nodes;
    }

    // The nodes that a node becomes, and how deep the calls in it are nested.
    private (long Nodes, int Depth) Measure(NodeProto node)
    {
        var (nodes, depth) = (1L, 0);
        foreach (var inner in NodeOrder.GraphsOf(node).SelectMany(g => g.Node))
            (nodes, depth) = Sum((nodes, depth), Measure(inner), node);
        if (!functions.TryFind(node, out var key, out var function))
            return (nodes, depth);
        if (!_bodies.TryGetValue(key, out var body))
            _bodies.Add(key, body = MeasureBody(key, function, node));
        if (_calls.Count + body.Depth >= DeepestNesting)
            throw Refusal($"functions are nested deeper than {DeepestNesting}", node);
        return Sum((nodes, depth), (body.Nodes, body.Depth + 1), node);
    }

    private (long Nodes, int Depth) MeasureBody(FunctionKey key, FunctionProto function, NodeProto node)
    {
        if (_calls.Contains(key))
            throw Refusal($"function '{key}' calls itself: {string.Join(" → ", _calls.Skip(_calls.IndexOf(key)))} → {key}", node);
        if (_calls.Count >= DeepestNesting)
            throw Refusal($"functions are nested deeper than {DeepestNesting}", node);
        _calls.Add(key);
        var (nodes, depth) = (0L, 0);
        foreach (var inner in function.Node)
            (nodes, depth) = Sum((nodes, depth), Measure(inner), inner);
        _calls.RemoveAt(_calls.Count - 1);
        return (nodes, depth);
    }

    private static (long Nodes, int Depth) Sum((long Nodes, int Depth) a, (long Nodes, int Depth) b, NodeProto node) =>
        (Sum(a.Nodes, b.Nodes, node), Math.Max(a.Depth, b.Depth));

    private static long Sum(long a, long b, NodeProto node) =>
        a + b <= MostNodes ? a + b : throw Refusal($"the model has more than {MostNodes} nodes once its functions are inlined", node);

    private static DiagnosticException Refusal(string message, NodeProto node) =>
        new(Diagnostic.Error(Codes.FunctionMalformed, message, $"node \"{NodeReader.NameOf(node)}\"", "export the model without functions, or inline them with onnx.inliner"));
}
