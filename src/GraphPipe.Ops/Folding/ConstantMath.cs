using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops;

/// <summary>
/// Elementwise arithmetic on constants. Floats go through double and are rounded once, which is what float arithmetic gives for + − × ÷ √;
/// whole numbers stay 64-bit.
/// </summary>
public static class ConstantMath
{
    /// <summary>Constants with more elements are left to the runtime.</summary>
    public const long Limit = 1 << 22;

    public static TensorData? Unary(TensorData x, DType type, Func<double, double> function) =>
        x.Count > Limit ? null : FromDoubles(type, x.Shape, x.Count, i => function(x.DoubleAt(i)));

    public static TensorData? Binary(
        TensorData a, TensorData b, ImmutableArray<long> shape, DType type, Func<double, double, double> onDoubles, Func<long, long, long?> onLongs)
    {
        long count = TensorData.CountOf(shape);
        if (count > Limit)
            return null;
        var atA = ConstantMove.BroadcastIndex(a.Shape, shape);
        var atB = ConstantMove.BroadcastIndex(b.Shape, shape);
        if (a.Type.IsFloat() || b.Type.IsFloat())
            return FromDoubles(type, shape, count, i => onDoubles(a.DoubleAt(atA(i)), b.DoubleAt(atB(i))));
        long[] values = new long[count];
        for (int i = 0; i < count; i++)
        {
            if (onLongs(a.LongAt(atA(i)), b.LongAt(atB(i))) is not { } value)
                return null;
            values[i] = value;
        }

        return FromLongs(type, shape, values);
    }

    /// <summary>The elements rounded to a type; null for types that are not computed with.</summary>
    public static TensorData? FromDoubles(DType type, ImmutableArray<long> shape, long count, Func<int, double> value)
    {
        switch (type)
        {
            case DType.F32:
                float[] floats = new float[count];
                for (int i = 0; i < count; i++)
                    floats[i] = (float)value(i);
                return TensorData.Of<float>(type, shape, floats);
            case DType.F64:
                double[] doubles = new double[count];
                for (int i = 0; i < count; i++)
                    doubles[i] = value(i);
                return TensorData.Of<double>(type, shape, doubles);
            case DType.F16:
                var halves = new Half[count];
                for (int i = 0; i < count; i++)
                    halves[i] = (Half)value(i);
                return TensorData.Of<Half>(type, shape, halves);
            case DType.BF16:
                var upper = new BFloat16[count];
                for (int i = 0; i < count; i++)
                    upper[i] = BFloat16.Of(value(i));
                return TensorData.Of<BFloat16>(type, shape, upper);
            case DType.Bool:
                byte[] flags = new byte[count];
                for (int i = 0; i < count; i++)
                    flags[i] = value(i) != 0 ? (byte)1 : (byte)0;
                return TensorData.Of<byte>(type, shape, flags);
            default:
                if (!type.IsInteger())
                    return null;
                long[] longs = new long[count];
                for (int i = 0; i < count; i++)
                    longs[i] = (long)Math.Truncate(value(i));
                return FromLongs(type, shape, longs);
        }
    }

    /// <summary>Whole numbers in a type of whole numbers, of bool or of floats.</summary>
    public static TensorData? FromLongs(DType type, ImmutableArray<long> shape, long[] values) => type switch
    {
        DType.I64 => TensorData.Of<long>(type, shape, values),
        DType.U64 => TensorData.Of<ulong>(type, shape, Array.ConvertAll(values, v => unchecked((ulong)v))),
        DType.I32 => TensorData.Of<int>(type, shape, Array.ConvertAll(values, v => unchecked((int)v))),
        DType.U32 => TensorData.Of<uint>(type, shape, Array.ConvertAll(values, v => unchecked((uint)v))),
        DType.I16 => TensorData.Of<short>(type, shape, Array.ConvertAll(values, v => unchecked((short)v))),
        DType.U16 => TensorData.Of<ushort>(type, shape, Array.ConvertAll(values, v => unchecked((ushort)v))),
        DType.I8 => TensorData.Of<sbyte>(type, shape, Array.ConvertAll(values, v => unchecked((sbyte)v))),
        DType.U8 => TensorData.Of<byte>(type, shape, Array.ConvertAll(values, v => unchecked((byte)v))),
        DType.Bool => TensorData.Of<byte>(type, shape, Array.ConvertAll(values, v => v != 0 ? (byte)1 : (byte)0)),
        _ => FromDoubles(type, shape, values.Length, i => values[i]),
    };
}
