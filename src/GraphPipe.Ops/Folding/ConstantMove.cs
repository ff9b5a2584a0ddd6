using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops;

/// <summary>Data movement on constants: the result's elements are elements of the operand, picked by an index function.</summary>
public static class ConstantMove
{
    /// <summary>A tensor of <paramref name="shape"/> whose element i is element <paramref name="from"/>(i) of <paramref name="x"/>.</summary>
    public static TensorData? Pick(TensorData x, ImmutableArray<long> shape, Func<int, int> from)
    {
        long count = TensorData.CountOf(shape);
        int size = x.Type.Bits() / 8;
        if (count > ConstantMath.Limit || x.Type == DType.String || size == 0)
            return null;
        byte[] bytes = new byte[count * size];
        var source = x.Bytes.Span;
        for (int i = 0; i < count; i++)
            source.Slice(from(i) * size, size).CopyTo(bytes.AsSpan(i * size));
        return new TensorData(x.Type, shape, bytes);
    }

    /// <summary>From the flat index in a result to the flat index in an operand that is broadcast to it.</summary>
    public static Func<int, int> BroadcastIndex(ImmutableArray<long> from, ImmutableArray<long> to)
    {
        if (from.AsSpan().SequenceEqual(to.AsSpan()))
            return i => i;
        long[] strides = Strides(from);
        int shift = to.Length - from.Length;
        return flat =>
        {
            long index = 0;
            long rest = flat;
            for (int axis = to.Length - 1; axis >= 0; axis--)
            {
                long at = rest % to[axis];
                rest /= to[axis];
                if (axis >= shift && from[axis - shift] != 1)
                    index += at * strides[axis - shift];
            }

            return (int)index;
        };
    }

    /// <summary>From the flat index in a result to an operand's, by a function of the index per axis.</summary>
    public static Func<int, int> Indexed(ImmutableArray<long> from, ImmutableArray<long> to, Action<long[], long[]> map)
    {
        long[] strides = Strides(from);
        long[] target = new long[to.Length];
        long[] source = new long[from.Length];
        return flat =>
        {
            long rest = flat;
            for (int axis = to.Length - 1; axis >= 0; axis--)
            {
                target[axis] = rest % to[axis];
                rest /= to[axis];
            }

            map(target, source);
            long index = 0;
            for (int axis = 0; axis < source.Length; axis++)
                index += source[axis] * strides[axis];
            return (int)index;
        };
    }

    public static long[] Strides(ImmutableArray<long> shape)
    {
        long[] strides = new long[shape.Length];
        long stride = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= shape[i];
        }

        return strides;
    }
}
