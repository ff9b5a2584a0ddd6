using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Models;

/// <summary>Operators, one ONNX node each beside the constants they need.</summary>
public sealed partial class ModelBuilder
{
    public ValueId Add(ValueId a, ValueId b) => Emit("Add", [a, b]);

    public ValueId Mul(ValueId a, ValueId b) => Emit("Mul", [a, b]);

    public ValueId Div(ValueId a, ValueId b) => Emit("Div", [a, b]);

    public ValueId MatMul(ValueId a, ValueId b) => Emit("MatMul", [a, b]);

    public ValueId Relu(ValueId x) => Emit("Relu", [x]);

    public ValueId Softmax(ValueId x) => Emit("Softmax", [x], Attributes.Empty.With("axis", -1));

    public ValueId Where(ValueId condition, ValueId a, ValueId b) => Emit("Where", [condition, a, b]);

    /// <summary>A scalar constant.</summary>
    public ValueId Scalar(float value) => Constant(TensorData.Floats([], value));

    /// <summary>A list of whole numbers as a constant: a shape, axes, indices.</summary>
    public ValueId Numbers(params ReadOnlySpan<long> values) => Constant(TensorData.Longs([values.Length], values));

    /// <summary>Another shape for every sample; the batch axis stays in front.</summary>
    public ValueId Reshape(ValueId x, params ReadOnlySpan<long> sampleShape) => Emit("Reshape", [x, Numbers([0, .. sampleShape])]);

    public ValueId Transpose(ValueId x, params ReadOnlySpan<long> permutation) => Emit("Transpose", [x], Attributes.Empty.With("perm", Ints(permutation)));

    public ValueId Unsqueeze(ValueId x, params ReadOnlySpan<long> axes) => Emit("Unsqueeze", [x, Numbers(axes)]);

    public ValueId Concat(long axis, params ReadOnlySpan<ValueId> parts) => Emit("Concat", parts, Attributes.Empty.With("axis", axis));

    public ValueId Gather(ValueId table, ValueId indices, long axis = 0) =>
        Emit("Gather", [table, indices], axis == 0 ? Attributes.Empty : Attributes.Empty.With("axis", axis));

    /// <summary>Elements from <paramref name="start"/> on along an axis.</summary>
    public ValueId SliceFrom(ValueId x, long axis, long start) => Emit("Slice", [x, Numbers(start), Numbers(long.MaxValue), Numbers(axis)]);

    public ValueId ReduceSum(ValueId x, params ReadOnlySpan<long> axes) => Emit("ReduceSum", [x, Numbers(axes)], Attributes.Empty.With("keepdims", 0));

    // Up to opset 17 the mean takes its axes as an attribute, unlike the sum.
    public ValueId ReduceMean(ValueId x, params ReadOnlySpan<long> axes) =>
        Emit("ReduceMean", [x], Attributes.Empty.With("axes", Ints(axes)).With("keepdims", 0));

    public ValueId MaxPool(ValueId x, long kernel, long stride, long padding) =>
        Emit("MaxPool", [x], Attributes.Empty
            .With("kernel_shape", Ints(kernel, kernel)).With("pads", Ints(padding, padding, padding, padding)).With("strides", Ints(stride, stride)));

    /// <summary>x·Φ(x), spelt with Erf: opset 17 has no Gelu.</summary>
    public ValueId Gelu(ValueId x)
    {
        var erf = Emit("Erf", [Div(x, Scalar(MathF.Sqrt(2)))]);
        return Mul(Mul(x, Add(erf, Scalar(1))), Scalar(0.5f));
    }

    private static AttributeValue Ints(params ReadOnlySpan<long> values) => values.ToImmutableArray();
}
