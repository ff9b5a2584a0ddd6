using System.Collections.Immutable;
using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Kernels;

/// <summary>Operands of kernel tests, and naive ways to look at them.</summary>
internal static class Tensors
{
    /// <summary>Uniform f32 values in [low, high).</summary>
    public static TensorData Random(long[] shape, int seed, double low = -1, double high = 1)
    {
        var random = new Random(seed);
        return Floats(shape, _ => low + (high - low) * random.NextDouble());
    }

    public static TensorData Floats(long[] shape, Func<int, double> value) =>
        TensorData.Floats([.. shape], [.. Enumerable.Range(0, (int)Count(shape)).Select(i => (float)value(i))]);

    public static TensorData Longs(long[] shape, Func<int, long> value) =>
        TensorData.Longs([.. shape], [.. Enumerable.Range(0, (int)Count(shape)).Select(value)]);

    public static TensorData Bools(long[] shape, Func<int, bool> value) =>
        TensorData.Of<byte>(DType.Bool, [.. shape], [.. Enumerable.Range(0, (int)Count(shape)).Select(i => value(i) ? (byte)1 : (byte)0)]);

    public static long Count(long[] shape) => shape.Aggregate(1L, (a, b) => a * b);

    public static string Text(this long[] shape, string type = "f32") => $"{type}[{string.Join(',', shape)}]";

    public static Attributes With(params (string Name, AttributeValue Value)[] values) => values.Aggregate(Attributes.Empty, (a, v) => a.With(v.Name, v.Value));

    public static AttributeValue Ints(params long[] values) => values.ToImmutableArray();

    /// <summary>The coordinates of element i.</summary>
    public static long[] Index(long[] shape, long i)
    {
        long[] index = new long[shape.Length];
        for (int axis = shape.Length - 1; axis >= 0; axis--)
            (index[axis], i) = (i % shape[axis], i / shape[axis]);
        return index;
    }

    /// <summary>The element at coordinates.</summary>
    public static long Flat(long[] shape, long[] index)
    {
        long i = 0;
        for (int axis = 0; axis < shape.Length; axis++)
            i = i * shape[axis] + index[axis];
        return i;
    }

    /// <summary>The element of a broadcast operand that belongs to element i of the result.</summary>
    public static int Broadcast(long[] shape, long[] result, long i)
    {
        long[] index = Index(result, i)[(result.Length - shape.Length)..];
        for (int axis = 0; axis < shape.Length; axis++)
            index[axis] = shape[axis] == 1 ? 0 : index[axis];
        return (int)Flat(shape, index);
    }

    /// <summary>numpy's broadcast shape.</summary>
    public static long[] BroadcastShape(params long[][] shapes)
    {
        long[] result = Enumerable.Repeat(1L, shapes.Max(s => s.Length)).ToArray();
        foreach (long[] shape in shapes)
        {
            for (int axis = 0; axis < shape.Length; axis++)
            {
                if (shape[axis] != 1)
                    result[axis + result.Length - shape.Length] = shape[axis];
            }
        }

        return result;
    }

    /// <summary>df/dx by central differences.</summary>
    public static double Slope(Func<double, double> f, double x)
    {
        double h = 1e-5 * Math.Max(1, Math.Abs(x));
        return (f(x + h) - f(x - h)) / (2 * h);
    }

    /// <summary>|actual - expected| ≤ tolerance·max(1, |expected|) for every element.</summary>
    public static void ShouldBe(this TensorData actual, Func<int, double> expected, double tolerance, string what = "")
    {
        var values = actual.As<float>();
        for (int i = 0; i < values.Length; i++)
        {
            double e = expected(i), a = values[i];
            bool same = a.Equals(e) || Math.Abs(a - e) <= tolerance * Math.Max(1, Math.Abs(e)) || (double.IsInfinity(e) && a == e);
            Assert.True(same, $"{what} element {i}: {a:R} instead of {e:R}");
        }
    }
}
