using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>
/// Types, constants and, for small whole-number tensors, symbolic contents of all values of a module, by one walk over its ops. The contents are what
/// makes the shape arithmetic of exporters (Shape, Gather, Concat, Reshape) vanish while the batch size is a symbol.
/// </summary>
public sealed class ShapeFacts
{
    private readonly Module _module;
    private readonly OperatorRegistry _registry;
    private readonly DiagnosticBag _bag;
    private readonly ValueFacts[] _facts;
    private int _fresh;

    private ShapeFacts(Module module, OperatorRegistry registry, DiagnosticBag bag)
    {
        _module = module;
        _registry = registry;
        _bag = bag;
        _facts = [.. module.Values.Select(v => new ValueFacts(v.Tensor, null, null))];
        foreach (var parameter in module.Parameters)
        {
            // Only constants have known contents: what is trained changes.
            if (parameter is { Role: ParameterRole.Constant, Data: { } data })
                _facts[parameter.Value.Index] = new ValueFacts(module[parameter.Value].Tensor, ContentOf(data), data);
        }
    }

    public ValueFacts this[ValueId id] => id.IsNone ? default : _facts[id.Index];

    /// <summary>Walks the module; operands that do not fit together are reported as GP4003.</summary>
    public static ShapeFacts Infer(Module module, OperatorRegistry registry, DiagnosticBag bag)
    {
        var facts = new ShapeFacts(module, registry, bag);
        foreach (var op in module.Graph.Ops)
            facts.Visit(op);
        return facts;
    }

    /// <summary>The elements of a small tensor of whole numbers as dimensions.</summary>
    public static ImmutableArray<Dim>? ContentOf(TensorData data) =>
        (data.Type.IsInteger() || data.Type == DType.Bool) && data.Count <= InferenceContext.ContentLimit && data.Shape.Length <= 1
            ? [.. data.ToLongs().Select(Dim.Of)]
            : null;

    private void Visit(Op op)
    {
        if (_registry[op.Name] is not { } described)
            return;
        var context = new InferenceContext(op, [.. op.Operands.Select(o => this[o])], () => Dim.Symbol($"?{_fresh++}"));
        described.Infer(context);
        if (context.Failure is { } failure)
        {
            _bag.Add(Diagnostic.Error(
                Codes.ShapeConflict, $"the operands of {op.Name} do not fit: {failure}", op.Location.ToString(), "check the shapes of the inputs, or export the model again"));
        }

        var folded = context.Failure is null ? Fold(op, described, context) : null;
        for (int i = 0; i < op.Results.Length; i++)
        {
            if (op.Results[i].IsNone)
                continue;
            var known = this[op.Results[i]].Type;
            var type = Merge(context.ResultType(i), known);
            var content = context.ResultContent(i);
            var constant = folded is { } tensors && i < tensors.Length ? tensors[i] : FromContent(type, content);
            _facts[op.Results[i].Index] = new ValueFacts(type, content ?? (constant is null ? null : ContentOf(constant)), constant);
        }
    }

    private ImmutableArray<TensorData>? Fold(Op op, Operator described, InferenceContext context)
    {
        if (op.Regions.Length > 0 || op.Operands.Any(o => !o.IsNone && this[o].Constant is null))
            return null;
        return described.Fold(new FoldContext(op, [.. op.Operands.Select(o => this[o].Constant)], [.. op.Results.Select((_, i) => context.ResultType(i))]));
    }

    // Whole numbers that follow from shapes, when no symbol is left in them.
    private static TensorData? FromContent(TensorType? type, ImmutableArray<Dim>? content)
    {
        if (content is not { } dims || dims.Any(d => !d.IsConstant) || type is not { Type: DType.I64 or DType.I32 or DType.Bool, Shape: { IsStatic: true } shape })
            return null;
        ImmutableArray<long> sizes = [.. shape.Select(d => d.Constant!.Value)];
        return TensorData.CountOf(sizes) == dims.Length ? ConstantMath.FromLongs(type.Type, sizes, [.. dims.Select(d => d.Constant!.Value)]) : null;
    }

    // What the file says fills the gaps of what was inferred.
    private static TensorType? Merge(TensorType? inferred, TensorType? stated)
    {
        if (inferred is null)
            return stated;
        if (stated?.Shape is not { } other || inferred.Shape is not { } own)
            return inferred.Shape is null ? inferred with { Shape = stated?.Shape } : inferred;
        if (own.Rank != other.Rank)
            return inferred;
        return inferred with { Shape = Shape.Create([.. own.Select((d, i) => IsFresh(d) && other[i].IsConstant ? other[i] : d)]) };
    }

    private static bool IsFresh(Dim dim) => dim.Symbols.Any(s => s.StartsWith('?'));
}
