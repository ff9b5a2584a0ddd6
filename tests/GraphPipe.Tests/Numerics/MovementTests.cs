using GraphPipe.Runtime.Cpu.Numerics;
using Xunit;

namespace GraphPipe.Tests.Numerics;

public sealed unsafe class MovementTests
{
    private static long Size(ReadOnlySpan<long> s)
    {
        long n = 1;
        foreach (long d in s) n *= d;
        return n;
    }

    private static long[] Index(long[] shape, long i)
    {
        var index = new long[shape.Length];
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            index[axis] = i % shape[axis];
            i /= shape[axis];
        }

        return index;
    }

    private static long Flat(long[] shape, long[] index)
    {
        long at = 0;
        for (int axis = 0; axis < shape.Length; axis++) at = at * shape[axis] + index[axis];
        return at;
    }

    /// <summary>Runs a plan on all element sizes, whole and unit by unit, and compares every byte of the target.</summary>
    private static void Check(CopyPlan plan, long sourceSize, long targetSize, Func<long, long?> sourceOf)
    {
        foreach (int size in new[] { 1, 2, 4, 8 })
        {
            var source = new byte[sourceSize * size + 1];
            new Random(5).NextBytes(source);
            var target = new byte[targetSize * size + 8];
            var parts = new byte[targetSize * size + 8];
            Array.Fill(target, (byte)0xAB);
            Array.Fill(parts, (byte)0xAB);
            fixed (byte* s = source, t = target, p = parts)
            {
                StridedCopy.Run(plan, size, s, t);
                for (long unit = plan.Units - 1; unit >= 0; unit--) StridedCopy.Run(plan, size, s, p, unit, unit + 1);
            }

            Assert.Equal(target, parts);
            for (long i = 0; i < targetSize; i++)
                for (int b = 0; b < size; b++)
                    Assert.Equal(sourceOf(i) is { } from ? source[from * size + b] : (byte)0xAB, target[i * size + b]);
            for (int b = 0; b < 8; b++) Assert.Equal(0xAB, target[targetSize * size + b]);
        }
    }

    public static TheoryData<long[], int[]> Transposes() => new()
    {
        { [], [] }, { [0, 3], [1, 0] }, { [1, 1], [1, 0] }, { [15, 17], [1, 0] }, { [16, 32], [1, 0] }, { [33, 100], [1, 0] }, { [2, 17, 33], [0, 2, 1] },
        { [2, 3, 4, 5], [0, 2, 1, 3] }, { [2, 3, 4, 5], [3, 2, 1, 0] }, { [7, 3, 31], [2, 0, 1] }, { [7, 3, 31], [1, 2, 0] }, { [3, 17, 2, 16], [2, 3, 0, 1] },
        { [2, 3, 4, 33], [0, 2, 1, 3] }, { [3, 2, 200], [1, 0, 2] }, { [40, 5, 3], [2, 1, 0] }, { [2, 2, 2, 2, 2, 2, 2], [6, 4, 2, 0, 1, 3, 5] },
    };

    [Theory]
    [MemberData(nameof(Transposes))]
    public void Transpose(long[] shape, int[] permutation)
    {
        var target = permutation.Select(p => shape[p]).ToArray();
        Check(CopyPlan.Transpose(shape, permutation), Size(shape), Size(target), i =>
        {
            var to = Index(target, i);
            var from = new long[shape.Length];
            for (int axis = 0; axis < shape.Length; axis++) from[permutation[axis]] = to[axis];
            return Flat(shape, from);
        });
    }

    [Fact]
    public void Slice_with_negative_and_long_steps()
    {
        long[] shape = [5, 33, 7], starts = [4, 1, 0], steps = [-2, 3, 1], sizes = [3, 10, 7];
        Check(CopyPlan.Slice(shape, starts, steps, sizes), Size(shape), Size(sizes), i =>
        {
            var to = Index(sizes, i);
            return Flat(shape, [4 - 2 * to[0], 1 + 3 * to[1], to[2]]);
        });
    }

    [Fact]
    public void Into_leaves_the_rest_alone()
    {
        long[] target = [4, 20, 3], starts = [1, 2, 0], steps = [1, 4, 1], sizes = [2, 5, 3];
        Check(CopyPlan.Into(target, starts, steps, sizes), Size(sizes), Size(target), i =>
        {
            var to = Index(target, i);
            long a = to[0] - 1, b = to[1] - 2;
            return a is >= 0 and < 2 && b >= 0 && b % 4 == 0 && b / 4 < 5 ? Flat(sizes, [a, b / 4, to[2]]) : null;
        });
    }

    [Fact]
    public void Expand_and_tile()
    {
        Check(CopyPlan.Expand([3, 1], [2, 3, 17]), 3, 102, i => i / 17 % 3);
        Check(CopyPlan.Expand([1], [33]), 1, 33, _ => 0);
        Check(CopyPlan.Expand([5, 1, 4], [5, 3, 4]), 20, 60, i => i / 12 * 4 + i % 4);
        Check(CopyPlan.Tile([2, 3], [2, 3]), 6, 36, i => i / 9 % 2 * 3 + i % 9 % 3);
    }

    [Theory]
    [InlineData(1, 10, 17)]
    [InlineData(3, 4, 1)]
    [InlineData(2, 5, 2)]
    public void Gather_and_its_gradient(int outer, int axis, int inner)
    {
        long[] indices = [0, -1, 2, 2, 1, -2, 2];
        int count = indices.Length;
        using var x = Floats.Random(outer * axis * inner, 1);
        using var y = new Floats(outer * count * inner);
        using var dy = Floats.Random(outer * count * inner, 2);
        using var dx = new Floats(x.Length);
        using var expected = new Floats(x.Length);
        long Row(long i) => i / count * axis + (indices[i % count] + axis) % axis;
        fixed (long* p = indices)
        {
            Assert.Equal(-1, Gather.Forward(x.P, p, y.P, 4, axis, inner, count, 0, 3));
            Assert.Equal(-1, Gather.Forward(x.P, p, y.P, 4, axis, inner, count, 3, outer * count));
            y.ShouldBe(i => x[Row(i / inner) * inner + i % inner], 0);
            for (long i = 0; i < y.Length; i++) expected[Row(i / inner) * inner + i % inner] += dy[i];
            Assert.Equal(-1, Gather.Backward(dy.P, p, dx.P, outer, axis, inner, count, 0, inner / 2));
            Assert.Equal(-1, Gather.Backward(dy.P, p, dx.P, outer, axis, inner, count, inner / 2, inner));
            dx.ShouldHaveTheBitsOf(expected);
            indices[3] = axis;
            Assert.Equal(3, Gather.Forward(x.P, p, y.P, 4, axis, inner, count, 0, outer * count));
            Assert.Equal(3, Gather.Backward(dy.P, p, dx.P, outer, axis, inner, count, 0, inner));
            indices[3] = -axis - 1;
            Assert.Equal(3, Gather.Forward(x.P, p, y.P, 4, axis, inner, count, 0, outer * count));
        }
    }

    [Theory]
    [InlineData(2, 9, 1)]
    [InlineData(2, 5, 17)]
    public void Running_sums(int outer, int axis, int inner)
    {
        using var x = Floats.Random(outer * axis * inner, 1);
        using var y = new Floats(x.Length);
        for (int form = 0; form < 4; form++)
        {
            bool exclusive = (form & 1) != 0, reverse = (form & 2) != 0;
            CumSum.Run(x.P, y.P, axis, inner, exclusive, reverse, 0, outer);
            y.ShouldBe(
                i =>
                {
                    long o = i / inner / axis, a = i / inner % axis, j = i % inner;
                    double s = 0;
                    for (long q = 0; q < axis; q++)
                        if (reverse ? q > a || (q == a && !exclusive) : q < a || (q == a && !exclusive)) s += x[(o * axis + q) * inner + j];
                    return s;
                },
                2e-6);
        }
    }

    [Fact]
    public void Triangles()
    {
        using var x = Floats.Random(2 * 5 * 7, 1, 1, 2);
        using var y = new Floats(x.Length);
        for (int k = -7; k <= 8; k++)
            foreach (bool upper in new[] { false, true })
            {
                Trilu.Run(x.P, y.P, 4, 5, 7, k, upper, 0, 2);
                y.ShouldBe(i => (upper ? i % 7 - i / 7 % 5 >= k : i % 7 - i / 7 % 5 <= k) ? x[i] : 0, 0);
            }
    }

    [Fact]
    public void Streaming_loops()
    {
        foreach (int n in new[] { 0, 1, 15, 16, 17, 31, 32, 33, 100 })
        {
            using var x = Floats.Random(n, 1);
            using var y = Floats.Random(n, 2);
            using var old = y.Copy();
            Streams.Accumulate(x.P, y.P, n);
            y.ShouldBe(i => (float)(old[i] + x[i]), 0);
            Streams.Scale(2f, x.P, y.P, n);
            y.ShouldBe(i => 2 * x[i], 0);
            Streams.Axpy(0.5f, x.P, y.P, n);
            y.ShouldBe(i => 2.5 * x[i], 1e-7);
            Streams.Fill(3f, y.P, n);
            y.ShouldBe(_ => 3, 0);
            Streams.Copy(x.P, y.P, n);
            y.ShouldHaveTheBitsOf(x);
        }
    }
}
