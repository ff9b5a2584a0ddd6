using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Passes;

/// <summary>
/// Turns operands that decide shapes into attributes, and drops the target of Reshape and Expand (and the repeats of a Tile by N) where the result's type says it.
/// <para>Needs level onnx with inferred types. Afterwards the shape arithmetic of exporters has no readers left. Example:
/// <c>%y = Slice(%x, @starts, @ends, @axes)</c> becomes <c>%y = Slice(%x) {axes = ints[1], ends = ints[4], starts = ints[0], steps = ints[1]}</c>.</para>
/// </summary>
public sealed class ResolveOperands(OperatorRegistry registry) : IPass
{
    public string Name => "resolve-operands";

    public Level From => Level.Onnx;

    public Level To => Level.Onnx;

    public Module Run(Module module, DiagnosticBag diagnostics)
    {
        var facts = ShapeFacts.Infer(module, registry, diagnostics);
        var values = module.Values.ToBuilder();
        var ops = ImmutableArray.CreateBuilder<Op>();
        foreach (var op in module.Graph.Ops)
        {
            var resolved = Resolve(module, op, facts);
            ops.Add(resolved);
            // What the dropped operand said, the type must say.
            if (resolved.Operands.Length < op.Operands.Length && facts[op.Result].Type is { Shape: not null } type)
                values[op.Result.Index] = values[op.Result.Index] with { Type = type };
        }

        return module with { Values = values.ToImmutable(), Graph = module.Graph with { Ops = ops.ToImmutable() } };
    }

    private Op Resolve(Module module, Op op, ShapeFacts facts)
    {
        if (op.Is("Reshape") || op.Is("Expand") || op.Is("ConstantOfShape"))
        {
            return IsKnown(facts[op.Result].Type) ? op with { Operands = op.Is("ConstantOfShape") ? [] : [op.Operands[0]], Attributes = op.Attributes.Without("allowzero") } : op;
        }

        if (op.Is("Tile") && facts[op.Operand(1)].Content is { } repeats && repeats.Any(d => !d.IsConstant) && IsKnown(facts[op.Result].Type))
            return op with { Operands = [op.Operands[0]] };
        if (op.Is("Resize"))
            return ResizeForm(op, facts);
        if (registry[op.Name] is not { } described)
            return op; // What its attributes mean is not known.
        if (described.AttributeOperands.IsEmpty)
            return Canonical(module, op, facts);
        var operands = op.Operands.ToArray();
        var attributes = op.Attributes;
        foreach (var operand in described.AttributeOperands)
        {
            if (operand.Index >= operands.Length || operands[operand.Index].IsNone)
                continue;
            var value = facts[operands[operand.Index]];
            if (operand.IsFloat)
            {
                if (value.Constant is not { Count: 1 } scalar)
                    continue;
                attributes = attributes.With(operand.Name, (float)scalar.DoubleAt(0));
            }
            else if (value.Content is { } content && content.All(d => d.IsConstant))
            {
                attributes = attributes.With(operand.Name, operand.IsScalar ? content[0].Constant!.Value : (AttributeValue)content.Select(d => d.Constant!.Value).ToImmutableArray());
            }
            else if (op.Is("Slice") && value.Content is not null)
            {
                continue; // Bounds with symbols: Canonical writes them as the whole of a dimension, if that is what they are.
            }
            else
            {
                continue;
            }

            operands[operand.Index] = ValueId.None;
        }

        return Canonical(module, op with { Operands = Trim(operands), Attributes = attributes }, facts);
    }

    // Attribute values in the one form of level core.
    private static Op Canonical(Module module, Op op, ShapeFacts facts)
    {
        if (op.Operands.Length == 0 || facts[op.Operands[0]].Type is not { Shape: { } shape })
            return op;
        int rank = op.Is("OneHot") ? shape.Rank + 1 : shape.Rank; // Its axis is the result's.
        long Positive(long axis) => axis < 0 ? axis + rank : axis;
        if (op.Name.IsStandard && op.Attributes["axis"] is AttributeValue.Int { Value: < 0 } axis)
            op = op with { Attributes = op.Attributes.With("axis", Positive(axis.Value)) };
        if (op.Is("Slice"))
            return SliceForm(op, facts, shape);
        if (op.Is("Split") && !op.Attributes.Has("split"))
        {
            var sizes = op.Results.Select(r => facts[r].Type?.Shape is { } part ? part[(int)op.Attributes.Int("axis", 0)].Constant : null).ToArray();
            return sizes.All(s => s is not null) ? op with { Attributes = op.Attributes.Without("num_outputs").With("split", sizes.Select(s => s!.Value).ToImmutableArray()) } : op;
        }

        if (op.Is("Pad") && op.Attributes.Ints("axes") is { } padAxes && op.Attributes.Ints("pads") is { } pads)
        {
            long[] all = new long[2 * rank];
            for (int i = 0; i < padAxes.Length; i++)
            {
                all[Positive(padAxes[i])] = pads[i];
                all[Positive(padAxes[i]) + rank] = pads[i + padAxes.Length];
            }

            return op with { Attributes = op.Attributes.Without("axes").With("pads", all.ToImmutableArray()) };
        }

        if (op.Name.IsStandard && op.Name.Type.StartsWith("Reduce", StringComparison.Ordinal) && op.Operands.Length == 1)
        {
            ImmutableArray<long> axes = op.Attributes.Ints("axes") is { IsEmpty: false } given
                ? [.. given.Select(Positive).Order()]
                : op.Attributes.Int("noop_with_empty_axes", 0) != 0 ? [] : [.. Enumerable.Range(0, rank).Select(i => (long)i)];
            return op with { Attributes = op.Attributes.Without("noop_with_empty_axes").With("axes", axes).With("keepdims", op.Attributes.Int("keepdims", 1)) };
        }

        return op;
    }

    // Sizes are what the result's type says, scales an attribute.
    private static Op ResizeForm(Op op, ShapeFacts facts)
    {
        if (op.Operands.Length < 2 || !IsKnown(facts[op.Result].Type))
            return op;
        var attributes = op.Attributes;
        if (facts[op.Operand(3)].Content is not { IsEmpty: false })
        {
            if (facts[op.Operand(2)].Constant is not { } scales)
                return op;
            attributes = attributes.With("scales", new AttributeValue.Floats([.. Enumerable.Range(0, (int)scales.Count).Select(i => (float)scales.DoubleAt(i))]));
        }

        return op with { Operands = [op.Operands[0]], Attributes = attributes };
    }

    private static Op SliceForm(Op op, ShapeFacts facts, Shape shape)
    {
        if (facts[op.Result].Type?.Shape is not { } result)
            return op;
        var starts = Content("starts", 1);
        var ends = Content("ends", 2);
        if (starts is not { } from || ends is not { } to)
            return op;
        var axes = Content("axes", 3)?.Select(d => d.Constant!.Value).ToArray() ?? [.. Enumerable.Range(0, from.Length).Select(i => (long)i)];
        var steps = Content("steps", 4)?.Select(d => d.Constant!.Value).ToArray() ?? [.. Enumerable.Repeat(1L, from.Length)];
        var kept = new List<(long Axis, long Start, long End, long Step)>();
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = (int)(axes[i] < 0 ? axes[i] + shape.Rank : axes[i]);
            if (result[axis] == shape[axis] && steps[i] == 1)
                continue; // The whole dimension.
            if (shape[axis].Constant is not { } length || from[i].Constant is not { } start || to[i].Constant is not { } end)
                return op;
            var (first, last) = SliceBounds.Resolve(start, end, steps[i], length);
            // Down to the first entry: -1 would mean the last one, -1 - length can't be misread when types are inferred again.
            kept.Add((axis, first, last < 0 ? -1 - length : last, steps[i]));
        }

        kept.Sort();
        return op with
        {
            Operands = [op.Operands[0]],
            Attributes = op.Attributes
                .With("axes", kept.Select(k => k.Axis).ToImmutableArray())
                .With("starts", kept.Select(k => k.Start).ToImmutableArray())
                .With("ends", kept.Select(k => k.End).ToImmutableArray())
                .With("steps", kept.Select(k => k.Step).ToImmutableArray()),
        };

        ImmutableArray<Dim>? Content(string name, int index) =>
            op.Attributes.Ints(name) is { } list ? [.. list.Select(Dim.Of)] : op.Operand(index).IsNone ? null : facts[op.Operand(index)].Content;
    }

    private static bool IsKnown(TensorType? type) => type is { Shape: { } shape } && shape.All(d => d.Symbols.All(s => s == Dim.BatchSymbol));

    private static ImmutableArray<ValueId> Trim(ValueId[] operands)
    {
        int length = operands.Length;
        while (length > 0 && operands[length - 1].IsNone)
            length--;
        return [.. operands.Take(length)];
    }
}
