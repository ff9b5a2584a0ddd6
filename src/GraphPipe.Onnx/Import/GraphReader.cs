using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx.Proto;

namespace GraphPipe.Onnx;

/// <summary>
/// Makes regions of graphs. The names of the main graph are kept; those of nested graphs and inlined functions get a number behind them
/// where they are taken. Initializers of the main graph become parameters, those of nested graphs Constant ops; sparse ones Constant ops
/// everywhere.
/// </summary>
internal sealed class GraphReader
{
    private readonly ImportContext _context;
    private readonly NodeReader _nodes;

    public GraphReader(ImportContext context)
    {
        _context = context;
        _nodes = new NodeReader(context, this);
    }

    public Region ReadMain(GraphProto graph)
    {
        var scope = new Scope(null);
        var ops = ImmutableArray.CreateBuilder<Op>();
        var types = new TypeTable(graph, _context.Types);
        var initializers = graph.Initializer.Select(i => i.Name).ToHashSet(StringComparer.Ordinal);
        initializers.UnionWith(graph.SparseInitializer.Select(i => i.Values?.Name ?? ""));

        // Before IR version 4 every initializer is listed as an input too; it is a parameter all the same.
        var inputs = DefineInputs(graph, scope, types, initializers, "");
        foreach (var initializer in graph.Initializer)
            DefineParameter(initializer, scope, types);
        DefineSparse(graph, scope, ops, "");
        DefineOutputs(graph.Node, scope, types, "", null);
        ReadNodes(graph.Node, scope, null, ops);
        return new Region("graph", inputs, ops.ToImmutable(), Outputs(graph, scope));
    }

    /// <summary>A graph that is an attribute of a node.</summary>
    /// <param name="name">The attribute's name.</param>
    /// <param name="prefix">What the names of its values start with: the path of the function call around it.</param>
    public Region ReadNested(GraphProto graph, string name, Scope outer, CallFrame? frame, string prefix)
    {
        _context.Count();
        var scope = new Scope(outer);
        var ops = ImmutableArray.CreateBuilder<Op>();
        var types = new TypeTable(graph, _context.Types);
        var initializers = graph.Initializer.Select(i => i.Name).ToHashSet(StringComparer.Ordinal);
        var inputs = DefineInputs(graph, scope, types, initializers, prefix);
        foreach (var initializer in graph.Initializer)
        {
            if (_context.Tensors.Read(initializer, $"initializer \"{initializer.Name}\"") is { } data)
                DefineConstant(initializer.Name, "value", new IrAttribute.Tensor(data), new TensorType(data.Type, Shape.Of(data.Shape.AsSpan())), scope, ops, prefix);
        }

        DefineSparse(graph, scope, ops, prefix);
        DefineOutputs(graph.Node, scope, types, prefix, null);
        ReadNodes(graph.Node, scope, frame, ops);
        return new Region(name, inputs, ops.ToImmutable(), Outputs(graph, scope));
    }

    /// <summary>The nodes of a graph or a function, sorted, behind the ops that are there already.</summary>
    public void ReadNodes(IReadOnlyList<NodeProto> nodes, Scope scope, CallFrame? frame, ImmutableArray<Op>.Builder ops)
    {
        var producers = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < nodes.Count; i++)
        {
            foreach (string output in nodes[i].Output)
                producers.TryAdd(output, i);
        }

        producers.Remove("");
        if (NodeOrder.Sort(nodes, producers, out var cycle) is { } order)
        {
            foreach (int i in order)
                _nodes.Read(nodes[i], scope, frame, ops);
            return;
        }

        // A name defined twice can look like a circle.
        if (_context.Bag.All.Any(d => d.Code == Codes.DuplicateName))
            return;
        const int Named = 8;
        string names = string.Join(" → ", cycle.Take(Named).Select(i => $"\"{NodeReader.NameOf(nodes[i])}\""));
        string more = cycle.Count > Named ? string.Create(CultureInfo.InvariantCulture, $" → {cycle.Count - Named} more") : "";
        _context.Fail(Codes.GraphCycle, $"nodes wait for each other in a circle: {names}{more}", $"node \"{NodeReader.NameOf(nodes[cycle[0]])}\"", "remove one of the edges; Loop and Scan are ONNX's words for repetition");
    }

    /// <summary>Gives the results of nodes their values; those in <paramref name="bound"/> have one already.</summary>
    public void DefineOutputs(IEnumerable<NodeProto> nodes, Scope scope, TypeTable types, string prefix, IReadOnlyDictionary<string, ValueId>? bound)
    {
        foreach (var node in nodes)
        {
            foreach (string output in node.Output)
            {
                if (output.Length == 0)
                    continue;
                string where = $"node \"{NodeReader.NameOf(node)}\"";
                if (bound is not null && bound.TryGetValue(output, out var id) && !scope.Defines(output))
                    scope.TryDefine(output, id);
                else
                    Define(output, types[output], scope, prefix, where);
            }
        }
    }

    private ImmutableArray<ValueId> DefineInputs(GraphProto graph, Scope scope, TypeTable types, HashSet<string> initializers, string prefix)
    {
        var inputs = ImmutableArray.CreateBuilder<ValueId>();
        foreach (var input in graph.Input)
        {
            if (initializers.Contains(input.Name))
                continue;
            if (Define(input.Name, types[input.Name], scope, prefix, $"input \"{input.Name}\"") is { } id)
                inputs.Add(id);
        }

        return inputs.ToImmutable();
    }

    private void DefineParameter(TensorProto initializer, Scope scope, TypeTable types)
    {
        string where = $"initializer \"{initializer.Name}\"";
        if (_context.Tensors.Read(initializer, where) is not { } data)
        {
            scope.TryDefine(initializer.Name, ValueId.None);
            return;
        }

        if (types[initializer.Name] is TensorType listed && listed.Type != data.Type)
            _context.Fail(Codes.TypeMismatch, $"the initializer is {data.Type.Text()}, the input of the same name {listed.Type.Text()}", where);
        if (Define(initializer.Name, new TensorType(data.Type, Shape.Of(data.Shape.AsSpan())), scope, "", where) is { } id)
            _context.Builder.AddParameter(new Parameter(id, data.Type.IsFloat() ? ParameterRole.Trained : ParameterRole.Constant, data));
    }

    private void DefineSparse(GraphProto graph, Scope scope, ImmutableArray<Op>.Builder ops, string prefix)
    {
        foreach (var initializer in graph.SparseInitializer)
        {
            string name = initializer.Values?.Name ?? "";
            if (_context.Tensors.Read(initializer, $"initializer \"{name}\"") is { } sparse)
                DefineConstant(name, "sparse_value", sparse, new TensorType(sparse.Values.Type, Shape.Of(sparse.Shape.AsSpan())), scope, ops, prefix);
        }
    }

    private void DefineConstant(string name, string attribute, AttributeValue value, TensorType type, Scope scope, ImmutableArray<Op>.Builder ops, string prefix)
    {
        if (Define(name, type, scope, prefix, $"initializer \"{name}\"") is not { } id)
            return;
        ops.Add(new Op(_context.NextOp(), OperatorName.Standard("Constant"), [], [id])
        {
            Attributes = Attributes.Empty.With(attribute, value),
            Location = Location.Of(prefix + name),
        });
    }

    private ValueId? Define(string name, IrType? type, Scope scope, string prefix, string where)
    {
        if (name.Length == 0 || scope.Defines(name))
        {
            string message = name.Length == 0 ? "a value has no name" : $"value '{name}' is defined twice in one graph";
            _context.Fail(Codes.DuplicateName, message, where, "give every value of the graph a name of its own");
            return null;
        }

        var id = _context.Builder.AddValue(prefix + name, type);
        scope.TryDefine(name, id);
        return id;
    }

    private ImmutableArray<ValueId> Outputs(GraphProto graph, Scope scope)
    {
        var outputs = ImmutableArray.CreateBuilder<ValueId>();
        foreach (var output in graph.Output)
        {
            if (scope.Find(output.Name) is { IsNone: false } id)
                outputs.Add(id);
            else
                _context.Fail(Codes.DanglingInput, $"output '{output.Name}' is made by no node", $"output \"{output.Name}\"");
        }

        return outputs.ToImmutable();
    }
}

/// <summary>The types that a graph lists for its values.</summary>
internal sealed class TypeTable
{
    private readonly Dictionary<string, IrType?> _types = new(StringComparer.Ordinal);

    public TypeTable(GraphProto graph, TypeReader reader)
        : this(graph.Input.Concat(graph.Output).Concat(graph.ValueInfo), reader)
    {
    }

    public TypeTable(IEnumerable<ValueInfoProto> values, TypeReader reader)
    {
        foreach (var value in values)
        {
            if (!_types.TryGetValue(value.Name, out var known) || known is null)
                _types[value.Name] = reader.Read(value.Type, $"value \"{value.Name}\"");
        }
    }

    public IrType? this[string name] => _types.GetValueOrDefault(name);
}
