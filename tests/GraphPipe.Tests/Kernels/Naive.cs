using System.Collections.Immutable;
using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Kernels;

/// <summary>Tensors of doubles and what the tests of kernels do with them.</summary>
internal sealed class Naive
{
    public Naive(params long[] shape)
    {
        Shape = [.. shape];
        Values = new double[TensorData.CountOf(Shape)];
    }

    public ImmutableArray<long> Shape { get; }

    public double[] Values { get; }

    public double this[params long[] at]
    {
        get => Values[Offset(at)];
        set => Values[Offset(at)] = value;
    }

    /// <summary>Uniform values in [-1, 1), each a float.</summary>
    public static Naive Random(int seed, params long[] shape)
    {
        var (t, random) = (new Naive(shape), new Random(seed));
        for (int i = 0; i < t.Values.Length; i++)
            t.Values[i] = (float)(2 * random.NextDouble() - 1);
        return t;
    }

    public static Naive Of(TensorData data)
    {
        var t = new Naive([.. data.Shape]);
        for (int i = 0; i < t.Values.Length; i++)
            t.Values[i] = data.DoubleAt(i);
        return t;
    }

    public TensorData Floats() => TensorData.Floats(Shape, [.. Values.Select(v => (float)v)]);

    /// <summary>Checks |actual - expected| ≤ tolerance·max(1, largest expected) everywhere.</summary>
    public void ShouldEqual(TensorData actual, double tolerance, string what = "")
    {
        Assert.Equal(Shape.AsEnumerable(), actual.Shape);
        double scale = Values.Aggregate(1.0, (a, v) => Math.Max(a, Math.Abs(v)));
        for (int i = 0; i < Values.Length; i++)
        {
            double a = actual.DoubleAt(i);
            Assert.True(a == Values[i] || Math.Abs(a - Values[i]) <= tolerance * scale, $"{what} element {i} of {actual}: {a:R} instead of {Values[i]:R}");
        }
    }

    /// <summary>
    /// The gradient of Σ dy·f for the elements of <paramref name="x"/>, by central differences; <paramref name="f"/> reads x.
    /// </summary>
    public static Naive Gradient(Naive x, Naive dy, Func<Naive> f, double step = 1e-4)
    {
        var gradient = new Naive([.. x.Shape]);
        for (int i = 0; i < x.Values.Length; i++)
        {
            double was = x.Values[i];
            x.Values[i] = was + step;
            double up = Dot(dy, f());
            x.Values[i] = was - step;
            gradient.Values[i] = (up - Dot(dy, f())) / (2 * step);
            x.Values[i] = was;
        }

        return gradient;
    }

    /// <summary>All coordinates of a shape, row-major.</summary>
    public static IEnumerable<long[]> Coordinates(IReadOnlyList<long> shape)
    {
        long count = shape.Aggregate(1L, (a, d) => a * d);
        for (long i = 0; i < count; i++)
        {
            long[] at = new long[shape.Count];
            long rest = i;
            for (int axis = shape.Count - 1; axis >= 0; axis--)
                (rest, at[axis]) = Math.DivRem(rest, shape[axis]);
            yield return at;
        }
    }

    private static double Dot(Naive a, Naive b) => a.Values.Zip(b.Values, (x, y) => x * y).Sum();

    private long Offset(long[] at)
    {
        long offset = 0;
        for (int axis = 0; axis < Shape.Length; axis++)
            offset = offset * Shape[axis] + at[axis];
        return offset;
    }
}
