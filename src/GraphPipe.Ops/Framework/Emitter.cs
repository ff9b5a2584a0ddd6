using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Ops;

/// <summary>
/// Makes ops with inferred result types: what decompositions, rewrites and gradients build with. Collects the ops in order; the caller
/// places them.
/// </summary>
public sealed class Emitter(ModuleBuilder builder, OperatorRegistry registry)
{
    private readonly List<Op> _ops = [];

    public ModuleBuilder Builder { get; } = builder;

    public IReadOnlyList<Op> Ops => _ops;

    /// <summary>Given to every op emitted from now on.</summary>
    public Location Location { get; set; } = Location.None;

    public Phase Phase { get; set; } = Phase.Forward;

    public OpId Origin { get; set; } = OpId.None;

    public TensorType TypeOf(ValueId id) => Builder.TensorOf(id);

    public Shape ShapeOf(ValueId id) => Builder.TensorOf(id).KnownShape;

    /// <summary>Takes the collected ops.</summary>
    public ImmutableArray<Op> Take()
    {
        ImmutableArray<Op> ops = [.. _ops];
        _ops.Clear();
        return ops;
    }

    public void Append(Op op) => _ops.Add(op);

    /// <summary>An op of one result whose type follows from the operands.</summary>
    public ValueId Emit(string name, ReadOnlySpan<ValueId> operands, Attributes? attributes = null, string? hint = null) =>
        EmitMany(name, operands, attributes, 1, hint)[0];

    /// <summary>An op of several results whose types follow from the operands.</summary>
    public ImmutableArray<ValueId> EmitMany(string name, ReadOnlySpan<ValueId> operands, Attributes? attributes, int results, string? hint = null)
    {
        var operatorName = OperatorName.Parse(name);
        var described = registry[operatorName] ?? throw new InvalidOperationException($"operator {name} is not known");
        var placeholder = Enumerable.Range(0, results).Select(i => new ValueId(int.MaxValue - i)).ToImmutableArray();
        var op = new Op(OpId.None, operatorName, [.. operands], placeholder) { Attributes = attributes ?? Attributes.Empty };
        var context = new InferenceContext(op, [.. op.Operands.Select(Facts)], () => throw new InvalidOperationException($"{name} needs a new dimension"));
        described.Infer(context);
        if (context.Failure is { } failure)
            throw new InvalidOperationException($"{name} built by a pass does not type-check: {failure}");
        var types = Enumerable.Range(0, results).Select(i => context.ResultType(i) ?? throw new InvalidOperationException($"{name} built by a pass has no type")).ToArray();

        TensorType? Typed(ValueId id) => id.Index > int.MaxValue - results ? types[int.MaxValue - id.Index] : id.IsNone ? null : Builder.TensorOf(id);
        var batch = new BatchContext(op, Typed);
        described.Batch(batch);
        for (int i = 0; i < results; i++)
            types[i] = types[i] with { Batch = batch.MixReason is null ? batch.Result(i) : null };
        return Add(op, types, hint);
    }

    /// <summary>An op whose result type the caller states (Reshape, Expand, grad.SumTo, …).</summary>
    public ValueId EmitTyped(string name, ReadOnlySpan<ValueId> operands, TensorType type, Attributes? attributes = null, string? hint = null) =>
        Add(new Op(OpId.None, OperatorName.Parse(name), [.. operands], [ValueId.None]) { Attributes = attributes ?? Attributes.Empty }, [type], hint)[0];

    /// <summary>An op without results: it works in place on its first operand, a variable or parameter.</summary>
    public void EmitInPlace(string name, ReadOnlySpan<ValueId> operands, Attributes? attributes = null) =>
        Add(new Op(OpId.None, OperatorName.Parse(name), [.. operands], []) { Attributes = attributes ?? Attributes.Empty }, [], null);

    /// <summary>The value under another shape; the value itself if the shape is the same.</summary>
    public ValueId Reshape(ValueId value, Shape shape)
    {
        var type = Builder.TensorOf(value);
        if (type.Shape == shape)
            return value;
        return EmitTyped("Reshape", [value], new TensorType(type.Type, shape, BatchRules.Reshape(type.Batch, type.KnownShape, shape)));
    }

    /// <summary>A scalar f32 constant.</summary>
    public ValueId Scalar(float value) => Builder.Constant(TensorData.Floats([], value), "scalar");

    private ImmutableArray<ValueId> Add(Op op, TensorType[] types, string? hint)
    {
        var results = types.Select(type => Builder.AddValue(hint ?? op.Name.Type, type)).ToImmutableArray();
        _ops.Add(op with { Id = Builder.NextOpId(), Results = results, Location = Location, Phase = Phase, Origin = Origin });
        return results;
    }

    private ValueFacts Facts(ValueId id) => id.IsNone ? default : new ValueFacts(Builder.TensorOf(id), null, null);
}
