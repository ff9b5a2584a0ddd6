using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Onnx;

/// <summary>The module that grows during a conversion, and the values of the source in it.</summary>
internal sealed class ConversionContext
{
    private readonly Module _core;
    private readonly ModuleBuilder _builder;
    private readonly Dictionary<ValueId, ValueId> _map = [];
    private readonly DiagnosticBag _bag;
    private ImmutableArray<Op>.Builder _ops = ImmutableArray.CreateBuilder<Op>();
    private ValueId? _batch;

    public ConversionContext(Module core, string name, long opset, DiagnosticBag bag)
    {
        _core = core;
        _bag = bag;
        Opset = opset;
        _builder = new ModuleBuilder(new Module
        {
            Name = name,
            Level = Level.Onnx,
            Opsets = core.Opsets.SetItem("", opset),
            Metadata = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("producer_name", "GraphPipe"),
        });
    }

    public long Opset { get; }

    /// <summary>Values of the source that the number of samples can be read off.</summary>
    public ImmutableArray<ValueId> BatchSource { get; set; } = [];

    public TensorType SourceType(ValueId id) => _core.TensorOf(id);

    /// <summary>A value of the source under its own name; its type without the batch layout, which ONNX has no word for.</summary>
    public ValueId Import(ValueId source)
    {
        if (source.IsNone)
            return source;
        if (_map.TryGetValue(source, out var known))
            return known;
        var type = _core[source].Type is TensorType tensor ? tensor with { Batch = null } : _core[source].Type;
        var id = _builder.AddValue(_core[source].Name, type);
        _map.Add(source, id);
        return id;
    }

    /// <summary>The value that stands for one of the source, which must have been met already.</summary>
    public ValueId Find(ValueId source)
    {
        if (source.IsNone)
            return source;
        if (_map.TryGetValue(source, out var id))
            return id;
        Fail($"value '{_core[source].Name}' is neither made here nor an input", null);
        return ValueId.None;
    }

    public void ImportParameters(Region region, IReadOnlyList<Parameter> parameters)
    {
        var used = region.AllOps().SelectMany(op => op.Operands.Concat(op.Regions.SelectMany(r => r.Outputs))).Concat(region.Outputs).ToHashSet();
        foreach (var parameter in parameters.Concat(_core.Parameters))
        {
            if (used.Contains(parameter.Value) && !_map.ContainsKey(parameter.Value))
                _builder.AddParameter(parameter with { Value = Import(parameter.Value) });
        }
    }

    public void Emit(Op op) => _ops.Add(op with { Id = _builder.NextOpId(), Phase = Phase.Forward, Origin = OpId.None, Stage = null });

    /// <summary>A standard op with one result.</summary>
    public ValueId Emit(string type, Location location, string hint, TensorType result, Attributes attributes, params ReadOnlySpan<ValueId> operands)
    {
        var id = _builder.AddValue(hint, result);
        Emit(new Op(OpId.None, OperatorName.Standard(type), [.. operands], [id]) { Attributes = attributes, Location = location });
        return id;
    }

    public ValueId NewValue(string hint, TensorType type) => _builder.AddValue(hint, type);

    public ValueId Constant(TensorData data) => _builder.Constant(data);

    public ValueId Longs(params ReadOnlySpan<long> values) => Constant(TensorData.Longs([values.Length], values));

    public ImmutableArray<Op> TakeOps()
    {
        var ops = _ops.ToImmutable();
        _ops = ImmutableArray.CreateBuilder<Op>();
        return ops;
    }

    /// <summary>Runs <paramref name="body"/> with an empty list of ops and returns what it emitted.</summary>
    public ImmutableArray<Op> Nested(Action body)
    {
        var outer = _ops;
        _ops = ImmutableArray.CreateBuilder<Op>();
        // Computed in a nested region, the number of samples could not be read outside.
        var batch = _batch;
        body();
        var ops = TakeOps();
        (_ops, _batch) = (outer, batch);
        return ops;
    }

    /// <summary>The number of samples, i64[1], computed at run time; null and a diagnostic where nothing shows it.</summary>
    public ValueId? Batch(Op user)
    {
        if (_batch is { } known)
            return known;
        foreach (var source in BatchSource.Concat(user.Operands).Where(s => !s.IsNone))
        {
            if (_core[source].Tensor?.Shape is not { } shape || !_map.TryGetValue(source, out var value))
                continue;
            for (int axis = 0; axis < shape.Rank; axis++)
            {
                if (shape[axis].IsConstant || BatchPolynomial.Of(shape[axis]) is not { Square: 0, Factor: not 0 } dim)
                    continue;
                _batch = BatchFrom(value, axis, dim, user.Location);
                return _batch;
            }
        }

        Fail("its shape depends on the number of samples, which no input shows", user);
        return null;
    }

    private ValueId BatchFrom(ValueId value, int axis, BatchPolynomial dim, Location location)
    {
        var one = new TensorType(DType.I64, Shape.Of(1));
        int rank = ((TensorType)_builder[value].Type!).Rank;
        var shape = Emit("Shape", location, "batch_shape", new TensorType(DType.I64, Shape.Of(rank)), Attributes.Empty, value);
        var n = Emit("Gather", location, "batch_size", one, Attributes.Empty.With("axis", 0), shape, Longs(axis));
        if (dim.Offset != 0)
            n = Emit("Sub", location, "batch_size", one, Attributes.Empty, n, Longs(dim.Offset));
        return dim.Factor == 1 ? n : Emit("Div", location, "batch_size", one, Attributes.Empty, n, Longs(dim.Factor));
    }

    public void Fail(string message, Op? op) =>
        _bag.Add(Diagnostic.Error(Codes.ExportImpossible, op is null ? message : $"{op.Name} has no ONNX form here: {message}", op?.Location.ToString() ?? "", "run the model on its own kernels (--engine native)"));

    public Module Build(Region graph) => _builder.Build(graph, Level.Onnx);
}

/// <summary>A dimension as Square·N² + Factor·N + Offset.</summary>
internal readonly record struct BatchPolynomial(long Square, long Factor, long Offset)
{
    /// <summary>Null where the dimension has another symbol or a higher degree.</summary>
    public static BatchPolynomial? Of(Dim dim)
    {
        if (dim.Symbols.Any(s => s != Dim.BatchSymbol))
            return null;
        long offset = dim.At(0);
        long square = (dim.At(2) - (2 * dim.At(1)) + offset) / 2;
        var result = new BatchPolynomial(square, dim.At(1) - offset - square, offset);
        return (Dim.Batch * Dim.Batch * square) + (Dim.Batch * result.Factor) + offset == dim ? result : null;
    }
}
