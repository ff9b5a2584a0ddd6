using GraphPipe.Bundle;
using GraphPipe.Onnx.Proto;

namespace GraphPipe.Onnx;

/// <summary>What names a function of a model.</summary>
internal readonly record struct FunctionKey(string Domain, string Name, string Overload)
{
    public override string ToString() => $"{(Domain.Length > 0 ? Domain + "::" : "")}{Name}{(Overload.Length > 0 ? ":" + Overload : "")}";
}

/// <summary>The functions of a model by domain, name and overload.</summary>
internal sealed class FunctionTable
{
    private readonly Dictionary<FunctionKey, FunctionProto> _functions = [];

    public FunctionTable(IEnumerable<FunctionProto> functions, DiagnosticBag bag)
    {
        foreach (var function in functions)
        {
            var key = new FunctionKey(OpsetRange.Domain(function.Domain), function.Name, function.Overload);
            if (!_functions.TryAdd(key, function))
                bag.Add(Diagnostic.Error(Codes.FunctionMalformed, $"function '{key}' is defined twice", "", "give one of them another name or overload"));
        }
    }

    public bool TryFind(NodeProto node, out FunctionKey key, out FunctionProto function)
    {
        key = new FunctionKey(OpsetRange.Domain(node.Domain), node.OpType, node.Overload);
        return _functions.TryGetValue(key, out function!);
    }
}

/// <summary>A value of an attribute, with the names that a graph in it can see.</summary>
internal readonly record struct BoundAttribute(AttributeProto Value, Scope Scope, CallFrame? Frame);

/// <summary>One call of a function while its body is being inlined.</summary>
/// <param name="Path">The calling node's name behind those of its own callers; prefix of the names inside.</param>
internal sealed record CallFrame(string Path, IReadOnlyDictionary<string, BoundAttribute> Attributes);
