using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx.Proto;
using Kind = GraphPipe.Onnx.Proto.AttributeProto.Types.AttributeType;

namespace GraphPipe.Onnx;

/// <summary>Makes ops of nodes; a node that calls a function of the model becomes the ops of its body.</summary>
internal sealed class NodeReader(ImportContext context, GraphReader graphs)
{
    private readonly AttributeReader _attributes = new(context);

    /// <summary>What diagnostics and locations call a node: its name, or that of its first output.</summary>
    public static string NameOf(NodeProto node) => node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault(o => o.Length > 0) ?? node.OpType;

    public void Read(NodeProto node, Scope scope, CallFrame? frame, ImmutableArray<Op>.Builder ops)
    {
        context.Count();
        string prefix = frame is null ? "" : frame.Path + "/";
        string path = prefix + NameOf(node);
        string where = $"node \"{path}\"";
        var operands = node.Input.Select(name => Operand(name, scope, where)).ToImmutableArray();
        var results = node.Output.Select(name => name.Length == 0 ? ValueId.None : scope.Find(name) ?? ValueId.None).ToImmutableArray();
        var bound = Bind(node, scope, frame, where);
        if (context.Functions.TryFind(node, out var key, out var function))
        {
            Inline(key, function, new CallSite(path, operands, results, bound), ops);
            return;
        }

        if (node.OpType.Length == 0)
            context.Fail(Codes.ModelUnreadable, "a node names no operator", where);
        if (key.Overload.Length > 0)
            context.Fail(Codes.FunctionMalformed, $"the model has no function '{key}'", where);
        var attributes = Attributes.Empty;
        var regions = ImmutableArray.CreateBuilder<Region>();
        foreach (var (name, value) in bound)
        {
            if (AttributeReader.KindOf(value.Value) is Kind.Graph or Kind.Graphs)
                AddRegions(name, value, prefix, where, regions);
            else if (_attributes.Read(value.Value, where) is { } read)
                attributes = attributes.With(name, TypeCodes.FromOnnx(node.OpType, node.Domain, name, read));
        }

        ops.Add(new Op(context.NextOp(), new OperatorName(key.Domain, key.Name), operands, results)
        {
            Attributes = attributes,
            Regions = regions.ToImmutable(),
            Location = Location.Of(path),
        });
    }

    private ValueId Operand(string name, Scope scope, string where)
    {
        if (name.Length == 0)
            return ValueId.None;
        if (scope.Find(name) is { } id)
            return id;
        context.Fail(Codes.DanglingInput, $"input '{name}' is made by no node and is neither input nor initializer", where);
        return ValueId.None;
    }

    // The node's attributes by name; references to attributes of the function around it replaced by what the call gives.
    private Dictionary<string, BoundAttribute> Bind(NodeProto node, Scope scope, CallFrame? frame, string where)
    {
        var bound = new Dictionary<string, BoundAttribute>(StringComparer.Ordinal);
        foreach (var attribute in node.Attribute)
        {
            string name = attribute.Name;
            if (name.Length == 0 || bound.ContainsKey(name))
            {
                context.Fail(Codes.AttributeMalformed, name.Length == 0 ? "an attribute has no name" : $"attribute '{name}' is given twice", where);
            }
            else if (attribute.RefAttrName.Length == 0)
            {
                bound.Add(name, new BoundAttribute(attribute, scope, frame));
            }
            else if (frame is null)
            {
                context.Fail(Codes.AttributeMalformed, $"attribute '{name}' refers to an attribute of a function, outside any function", where);
            }
            else if (frame.Attributes.TryGetValue(attribute.RefAttrName, out var given))
            {
                if (attribute.Type != Kind.Undefined && attribute.Type != AttributeReader.KindOf(given.Value))
                    context.Fail(Codes.AttributeMalformed, $"attribute '{name}' is of kind {attribute.Type}, the function's attribute '{attribute.RefAttrName}' is {AttributeReader.KindOf(given.Value)}", where);
                bound.Add(name, given);
            }
        }

        return bound;
    }

    private void AddRegions(string name, BoundAttribute bound, string prefix, string where, ImmutableArray<Region>.Builder regions)
    {
        // The name is printed bare in IR text, and a number is put behind it for lists.
        if (!name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            context.Fail(Codes.AttributeMalformed, $"'{name}' is no name for an attribute", where);
            return;
        }

        var value = bound.Value;
        bool list = AttributeReader.KindOf(value) == Kind.Graphs;
        if (!list && value.G is null)
            context.Fail(Codes.AttributeMalformed, "an attribute has no value of its kind", $"{where}, attribute \"{name}\"");
        var all = list ? value.Graphs : value.G is null ? (IReadOnlyList<GraphProto>)[] : [value.G];
        for (int i = 0; i < all.Count; i++)
            regions.Add(graphs.ReadNested(all[i], list ? RegionNames.OfList(name, i) : name, bound.Scope, bound.Frame, prefix));
    }

    private void Inline(FunctionKey key, FunctionProto function, CallSite call, ImmutableArray<Op>.Builder ops)
    {
        string where = $"node \"{call.Path}\"";
        string? refusal = (call.Operands.Length > function.Input.Count ? $"function '{key}' has {function.Input.Count} inputs and is given {call.Operands.Length}" : null)
            ?? (call.Results.Length > function.Output.Count ? $"function '{key}' has {function.Output.Count} outputs and is asked for {call.Results.Length}" : null);
        if (refusal is not null)
        {
            context.Fail(Codes.FunctionMalformed, refusal, where);
            return;
        }

        // A function sees nothing of the graph around its call but its inputs.
        var scope = new Scope(null);
        for (int i = 0; i < function.Input.Count; i++)
        {
            if (!scope.TryDefine(function.Input[i], i < call.Operands.Length ? call.Operands[i] : ValueId.None))
                context.Fail(Codes.FunctionMalformed, $"function '{key}' has two inputs '{function.Input[i]}'", where);
        }

        var attributes = new Dictionary<string, BoundAttribute>(call.Attributes, StringComparer.Ordinal);
        foreach (var otherwise in function.AttributeProto)
            attributes.TryAdd(otherwise.Name, new BoundAttribute(otherwise, scope, null));
        var frame = new CallFrame(call.Path, attributes);

        // Values that are outputs of the function are the results of the call themselves.
        var made = function.Node.SelectMany(n => n.Output).ToHashSet(StringComparer.Ordinal);
        var bound = new Dictionary<string, ValueId>(StringComparer.Ordinal);
        for (int i = 0; i < call.Results.Length; i++)
        {
            if (!call.Results[i].IsNone && made.Contains(function.Output[i]) && !scope.Defines(function.Output[i]))
                bound.TryAdd(function.Output[i], call.Results[i]);
        }

        graphs.DefineOutputs(function.Node, scope, new TypeTable(function.ValueInfo, context.Types), frame.Path + "/", bound);
        graphs.ReadNodes(function.Node, scope, frame, ops);
        for (int i = 0; i < call.Results.Length; i++)
        {
            var result = call.Results[i];
            if (result.IsNone || (bound.TryGetValue(function.Output[i], out var direct) && direct == result))
                continue;
            if (scope.Find(function.Output[i]) is { IsNone: false } value)
                ops.Add(new Op(context.NextOp(), OperatorName.Standard("Identity"), [value], [result]) { Location = Location.Of(call.Path) });
            else
                context.Fail(Codes.FunctionMalformed, $"output '{function.Output[i]}' of function '{key}' is made by no node", where);
        }
    }

    private sealed record CallSite(string Path, ImmutableArray<ValueId> Operands, ImmutableArray<ValueId> Results, Dictionary<string, BoundAttribute> Attributes);
}
