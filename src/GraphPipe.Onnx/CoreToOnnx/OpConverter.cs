using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Onnx;

/// <summary>Converts one op: the general rule is that attributes which ONNX has as operands become constants.</summary>
internal sealed class OpConverter(ConversionContext context)
{
    private readonly TargetShape _target = new(context);

    /// <summary>As an end of a slice with a negative step: before the first entry. -1 would be the last one.</summary>
    private const long BeforeTheFirst = -long.MaxValue;

    public void Convert(Op op)
    {
        if (op.Name.IsOurs)
        {
            context.Fail("it is no forward op", op);
            Import(op.Results);
            return;
        }

        var operands = op.Operands.Select(context.Find).ToImmutableArray();
        switch (op.Name.IsStandard ? op.Name.Type : "")
        {
            case "Reshape":
                WithTarget(op, operands, _target.OfReshape(op), HasZero(op) ? Attributes.Empty.With("allowzero", 1) : Attributes.Empty);
                break;
            case "Expand":
                WithTarget(op, operands, _target.OfExpand(op), Attributes.Empty);
                break;
            case "Cast":
                Copy(op, operands, op.Attributes.With("to", context.SourceType(op.Result).Type.Text()));
                break;
            case "Dropout":
                // A forward.onnx is for inference, where it does nothing.
                Emit(op with { Name = OperatorName.Standard("Identity"), Results = op.Results[..1] }, [operands[0]], Attributes.Empty, []);
                break;
            case "Slice":
                General(op, operands, op.Attributes.Ints("ends") is { } ends ? op.Attributes.With("ends", Ends(op, ends)) : op.Attributes);
                break;
            case "InstanceNormalization":
                InstanceNormalization(op, operands);
                break;
            case "AveragePool" when op.Attributes.Ints("dilations") is { } dilations && dilations.All(d => d == 1):
                Copy(op, operands, op.Attributes.Without("dilations"));
                break;
            case "MaxPool":
                Copy(op, operands, op.Attributes.Without("count_include_pad"));
                break;
            case "Resize" when op.Attributes.Has("axis"):
                Resize(op, operands);
                break;
            case "TopK":
                General(op, operands, op.Attributes, [new AttributeOperand(1, "k")]);
                break;
            case var type when type.StartsWith("Reduce", StringComparison.Ordinal):
                Reduction(op, operands);
                break;
            default:
                General(op, operands, op.Attributes);
                break;
        }
    }

    // Until opset 17 the axes of reductions are an attribute in ONNX too, but for ReduceSum.
    private void Reduction(Op op, ImmutableArray<ValueId> operands)
    {
        if (context.Opset < 18 && op.Name.Type != "ReduceSum")
        {
            Copy(op, operands, op.Attributes.Without("noop_with_empty_axes"));
            return;
        }

        // No axes at all means all of them in ONNX, unless one says otherwise.
        bool none = op.Attributes.Ints("axes") is { IsEmpty: true };
        General(op, operands, none ? op.Attributes.With("noop_with_empty_axes", 1) : op.Attributes);
    }

    private void General(Op op, ImmutableArray<ValueId> operands, Attributes attributes) =>
        General(op, operands, attributes, OperatorRegistry.Standard[op.Name]?.AttributeOperands ?? []);

    private void General(Op op, ImmutableArray<ValueId> operands, Attributes attributes, ImmutableArray<AttributeOperand> attributeOperands)
    {
        var list = operands.ToList();
        foreach (var operand in attributeOperands)
        {
            if (attributes[operand.Name] is not { } value)
                continue;
            while (list.Count <= operand.Index)
                list.Add(ValueId.None);
            list[operand.Index] = operand.IsFloat ? Number(value, context.SourceType(op.Operands[0]).Type, op) : Longs(value, operand.IsScalar, op);
            attributes = attributes.Without(operand.Name);
        }

        Copy(op, [.. list], attributes);
    }

    private void Copy(Op op, ImmutableArray<ValueId> operands, Attributes attributes)
    {
        var regions = ImmutableArray.CreateBuilder<Region>();
        foreach (var region in op.Regions)
        {
            Import(region.Inputs);
            var ops = context.Nested(() =>
            {
                foreach (var inner in region.Ops)
                    Convert(inner);
            });
            regions.Add(new Region(region.Name, [.. region.Inputs.Select(context.Find)], ops, [.. region.Outputs.Select(context.Find)]));
        }

        Emit(op, operands, attributes, regions.ToImmutable());
    }

    private void WithTarget(Op op, ImmutableArray<ValueId> operands, ValueId? target, Attributes attributes)
    {
        if (target is { } shape)
            Emit(op, [operands[0], shape], attributes, []);
        else
            Import(op.Results);
    }

    private void Emit(Op op, ImmutableArray<ValueId> operands, Attributes attributes, ImmutableArray<Region> regions) =>
        context.Emit(op with { Operands = operands, Results = Import(op.Results), Attributes = attributes, Regions = regions });

    private ImmutableArray<ValueId> Import(ImmutableArray<ValueId> values) => [.. values.Select(context.Import)];

    // ONNX has the first result only; mean [N,C] and 1/sqrt(variance + epsilon) [N,C] are computed beside it, where they are named.
    private void InstanceNormalization(Op op, ImmutableArray<ValueId> operands)
    {
        var results = Import(op.Results);
        context.Emit(op with { Operands = operands, Results = results[..1] });
        if (results.Skip(1).All(r => r.IsNone))
            return;
        var type = context.SourceType(op.Operands[0]) with { Batch = null };
        var statistics = new TensorType(type.Type, Shape.Create([type.KnownShape[0], type.KnownShape[1]]));
        var kept = new TensorType(type.Type, Shape.Create([.. type.KnownShape.Select((d, i) => i < 2 ? d : Dim.One)]));
        long[] axes = [.. Enumerable.Range(2, type.Rank - 2).Select(i => (long)i)];
        var reduceType = OperatorName.Standard("ReduceMean");
        void Mean(ValueId x, ValueId result, long keep)
        {
            var attributes = Attributes.Empty.With("keepdims", keep);
            bool operand = context.Opset >= 18;
            context.Emit(new Op(OpId.None, reduceType, operand ? [x, context.Longs(axes)] : [x], [result])
            {
                Attributes = operand ? attributes : attributes.With("axes", axes.ToImmutableArray()),
                Location = op.Location,
            });
        }

        if (!results[1].IsNone)
            Mean(operands[0], results[1], 0);
        if (results.Length < 3 || results[2].IsNone)
            return;
        var mean = context.NewValue("mean", kept);
        Mean(operands[0], mean, 1);
        var centred = context.Emit("Sub", op.Location, "centred", type, Attributes.Empty, operands[0], mean);
        var squares = context.Emit("Mul", op.Location, "squares", type, Attributes.Empty, centred, centred);
        var variance = context.NewValue("variance", statistics);
        Mean(squares, variance, 0);
        var epsilon = Number(new AttributeValue.Float(op.Attributes.Float("epsilon", 1e-5f)), type.Type, op);
        var sum = context.Emit("Add", op.Location, "variance", statistics, Attributes.Empty, variance, epsilon);
        var deviation = context.Emit("Sqrt", op.Location, "deviation", statistics, Attributes.Empty, sum);
        context.Emit(new Op(OpId.None, OperatorName.Standard("Reciprocal"), [deviation], [results[2]]) { Location = op.Location });
    }

    // One axis; a scale that follows from the sizes is the float with which ONNX comes to that size.
    private void Resize(Op op, ImmutableArray<ValueId> operands)
    {
        int axis = (int)op.Attributes.Int("axis", 0);
        var from = context.SourceType(op.Operands[0]).KnownShape;
        if (from[axis].Constant is not { } length)
        {
            context.Fail("the length of its axis is not known", op);
            Import(op.Results);
            return;
        }

        long size = op.Attributes.Int("size", length);
        float scale = op.Attributes.Float("scale", (float)((double)size / length));
        while (!op.Attributes.Has("scale") && (long)MathF.Floor(length * scale) < size)
            scale = MathF.BitIncrement(scale);
        var scales = context.Constant(TensorData.Floats([from.Rank], [.. Enumerable.Range(0, from.Rank).Select(i => i == axis ? scale : 1f)]));
        Copy(op, [operands[0], context.Constant(TensorData.Floats([0])), scales], op.Attributes.Without("axis").Without("size").Without("scale"));
    }

    private static AttributeValue Ends(Op op, ImmutableArray<long> ends)
    {
        var steps = op.Attributes.Ints("steps");
        return new AttributeValue.Ints([.. ends.Select((end, i) => steps is { } by && by[i] < 0 && end < 0 ? BeforeTheFirst : end)]);
    }

    private bool HasZero(Op op) => context.SourceType(op.Result).KnownShape.Any(d => d.Constant == 0);

    private ValueId Longs(AttributeValue value, bool scalar, Op op)
    {
        switch (value)
        {
            case AttributeValue.Int number:
                return scalar ? context.Constant(TensorData.Longs([], number.Value)) : context.Longs(number.Value);
            case AttributeValue.Ints list:
                return context.Longs(list.Values.AsSpan());
            default:
                context.Fail("an attribute that says axes or sizes is no whole number", op);
                return ValueId.None;
        }
    }

    // A scalar of the element type of X.
    private ValueId Number(AttributeValue value, DType type, Op op)
    {
        double number = value switch
        {
            AttributeValue.Float f => f.Value,
            AttributeValue.Int i => i.Value,
            _ => double.NaN,
        };
        var data = type switch
        {
            DType.F32 => TensorData.Floats([], (float)number),
            DType.F64 => TensorData.Of<double>(type, [], [number]),
            DType.F16 => TensorData.Of<Half>(type, [], [(Half)number]),
            DType.BF16 => TensorData.Of<BFloat16>(type, [], [BFloat16.Of(number)]),
            DType.I64 => TensorData.Longs([], Saturated(number)),
            DType.I32 => TensorData.Of<int>(type, [], [(int)number]),
            DType.I16 => TensorData.Of<short>(type, [], [(short)number]),
            DType.I8 => TensorData.Of<sbyte>(type, [], [(sbyte)number]),
            DType.U8 => TensorData.Of<byte>(type, [], [(byte)number]),
            DType.U64 => TensorData.Of<ulong>(type, [], [(ulong)number]),
            DType.U32 => TensorData.Of<uint>(type, [], [(uint)number]),
            _ => null,
        };
        if (data is not null)
            return context.Constant(data);
        context.Fail($"no constant of type {type.Text()}", op);
        return ValueId.None;
    }

    private static long Saturated(double number) => number >= long.MaxValue ? long.MaxValue : number <= long.MinValue ? long.MinValue : (long)number;
}
