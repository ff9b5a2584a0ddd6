using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Onnx;

/// <summary>What the readers of one model share.</summary>
internal sealed class ImportContext(ModuleBuilder builder, FunctionTable functions, string? folder, long expectedNodes, DiagnosticBag bag)
{
    private readonly long _most = (20 * expectedNodes) + 20_000;

    private long _read;

    public ModuleBuilder Builder { get; } = builder;

    public FunctionTable Functions { get; } = functions;

    public DiagnosticBag Bag { get; } = bag;

    public TypeReader Types { get; } = new(bag);

    public TensorReader Tensors { get; } = new(new ExternalData(folder, bag), bag);

    public OpId NextOp() => Builder.NextOpId();

    /// <summary>Counts nodes and graphs that are read. Graphs that are handed down as attributes of functions can multiply although the
    /// functions do not.</summary>
    public void Count()
    {
        if (++_read > _most)
            throw new DiagnosticException(Diagnostic.Error(Codes.FunctionMalformed, "the model has too many nodes once its functions are inlined", "", "inline the functions with onnx.inliner"));
    }

    public void Fail(string code, string message, string where, string advice = "the file is damaged or was written by a faulty exporter; export the model again") =>
        Bag.Add(Diagnostic.Error(code, message, where, advice));
}

/// <summary>The names that a graph defines; those of the graphs around it are seen through it.</summary>
internal sealed class Scope(Scope? parent)
{
    private readonly Dictionary<string, ValueId> _values = new(StringComparer.Ordinal);

    public bool TryDefine(string name, ValueId id) => _values.TryAdd(name, id);

    public bool Defines(string name) => _values.ContainsKey(name);

    public ValueId Own(string name) => _values[name];

    public ValueId? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope._values.TryGetValue(name, out var id))
                return id;
        }

        return null;
    }

    private Scope? Parent { get; } = parent;
}
