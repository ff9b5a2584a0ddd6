using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Kernels;

public class MovementKernelTests
{
    private static readonly DType[] Types = [DType.Bool, DType.F16, DType.F32, DType.I64];

    private static TensorData Elements(DType type, long[] shape, int seed)
    {
        byte[] bytes = new byte[Tensors.Count(shape) * type.Bits() / 8];
        new Random(seed).NextBytes(bytes);
        return new TensorData(type, [.. shape], bytes);
    }

    /// <summary>Checks a movement of one operand, for every element size; <paramref name="source"/> gives the element it comes from, -1 for zero.</summary>
    private static void Check(string op, long[] shape, long[] result, Attributes attributes, Func<long[], long> source)
    {
        foreach (var type in Types)
        {
            int size = type.Bits() / 8;
            var x = Elements(type, shape, 1);
            var y = KernelProbe.Run(op, [x], result.Text(type.Text()), attributes);
            for (int i = 0; i < y.Count; i++)
            {
                int from = (int)source(Tensors.Index(result, i));
                byte[] expected = from < 0 ? new byte[size] : x.Bytes.Slice(from * size, size).ToArray();
                Assert.True(expected.AsSpan().SequenceEqual(y.Bytes.Span.Slice(i * size, size)), $"{op} {type.Text()} element {i} should come from {from}");
            }
        }
    }

    /// <summary>Checks the gradient of such a movement: what went to several places is summed.</summary>
    private static void CheckGradient(string op, long[] shape, long[] result, Attributes attributes, Func<long[], long> source)
    {
        var dy = Tensors.Floats(result, i => i % 13 - 5);
        double[] expected = new double[Tensors.Count(shape)];
        for (int i = 0; i < dy.Count; i++)
        {
            if (source(Tensors.Index(result, i)) is >= 0 and var from)
                expected[from] += dy.As<float>()[i];
        }

        KernelProbe.Run(op, [dy], shape.Text(), attributes).ShouldBe(i => expected[i], 0, op);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public void Concatenation_and_splitting(int axis)
    {
        int at = (axis + 3) % 3;
        long[] lengths = [3, 0, 1, 20];
        foreach (var type in Types)
        {
            long[][] shapes = [.. lengths.Select(l => new long[] { 2, 5, 4 }.Select((d, i) => i == at ? l : d).ToArray())];
            long[] whole = [.. shapes[0].Select((d, i) => i == at ? lengths.Sum() : d)];
            var parts = shapes.Select((s, i) => Elements(type, s, i)).ToArray();
            var y = KernelProbe.Run("Concat", parts, whole.Text(type.Text()), Tensors.With(("axis", axis)));
            int size = type.Bits() / 8;
            for (int i = 0; i < y.Count; i++)
            {
                long[] index = Tensors.Index(whole, i);
                int part = 0;
                for (; index[at] >= lengths[part]; part++)
                    index[at] -= lengths[part];
                Assert.Equal(parts[part].Bytes.Slice((int)Tensors.Flat(shapes[part], index) * size, size).ToArray(), y.Bytes.Slice(i * size, size).ToArray());
            }

            var attributes = Tensors.With(("axis", axis), ("split", Tensors.Ints(lengths)));
            var back = KernelProbe.RunAll("Split", [y], [.. shapes.Select(s => s.Text(type.Text()))], attributes);
            for (int i = 0; i < parts.Length; i++)
                Assert.Equal(parts[i].Bytes.ToArray(), back[i].Bytes.ToArray());
            var last = KernelProbe.RunAll("Split", [y], [null, null, null, shapes[3].Text(type.Text())], attributes);
            Assert.Equal(parts[3].Bytes.ToArray(), last[3].Bytes.ToArray());
        }
    }

    [Theory]
    [InlineData(new long[] { 1 }, new long[] { 0 }, new long[] { 1 }, new long[] { 3, 6, 5 })]
    [InlineData(new long[] { 2 }, new long[] { 1 }, new long[] { 2 }, new long[] { 4, 2, 5 })]
    [InlineData(new long[] { 3, 4 }, new long[] { 0, 2 }, new long[] { -1, -2 }, new long[] { 4, 6, 3 })]
    [InlineData(new long[] { 5 }, new long[] { 1 }, new long[] { -3 }, new long[] { 4, 2, 5 })]
    [InlineData(new long[] { 2 }, new long[] { 0 }, new long[] { 1 }, new long[] { 0, 6, 5 })]
    public void Slices(long[] starts, long[] axes, long[] steps, long[] result)
    {
        long[] shape = [4, 6, 5];
        var attributes = Tensors.With(
            ("starts", Tensors.Ints(starts)), ("axes", Tensors.Ints(axes)), ("steps", Tensors.Ints(steps)), ("ends", Tensors.Ints([.. starts.Select(_ => 0L)])));
        Check("Slice", shape, result, attributes, Source);
        CheckGradient("grad.Slice", shape, result, attributes, Source);

        long Source(long[] index)
        {
            long[] from = [.. index];
            for (int i = 0; i < axes.Length; i++)
                from[axes[i]] = starts[i] + index[axes[i]] * steps[i];
            return Tensors.Flat(shape, from);
        }
    }

    [Theory]
    [InlineData(new long[] { 3, 4 }, new long[] { 1, 0 })]
    [InlineData(new long[] { 2, 33, 17 }, new long[] { 0, 2, 1 })]
    [InlineData(new long[] { 2, 3, 20, 8 }, new long[] { 0, 2, 1, 3 })]
    [InlineData(new long[] { 2, 3, 4, 5 }, new long[] { 3, 1, 0, 2 })]
    [InlineData(new long[] { 0, 5 }, new long[] { 1, 0 })]
    public void Transposes(long[] shape, long[] permutation)
    {
        long[] result = [.. permutation.Select(p => shape[p])];
        Check("Transpose", shape, result, Tensors.With(("perm", Tensors.Ints(permutation))), index =>
        {
            long[] from = new long[shape.Length];
            for (int i = 0; i < from.Length; i++)
                from[permutation[i]] = index[i];
            return Tensors.Flat(shape, from);
        });
    }

    [Fact]
    public void Transpose_reverses_by_default() => Check("Transpose", [2, 3, 4], [4, 3, 2], Attributes.Empty, i => Tensors.Flat([2, 3, 4], [i[2], i[1], i[0]]));

    [Fact]
    public void Reshape_copies() => Check("Reshape", [3, 4, 5], [12, 5], Attributes.Empty, i => Tensors.Flat([12, 5], i));

    [Theory]
    [InlineData(new long[] { 3, 1 }, new long[] { 2, 3, 17 })]
    [InlineData(new long[] { }, new long[] { 5 })]
    [InlineData(new long[] { 4, 1, 5 }, new long[] { 4, 3, 5 })]
    public void Expansion(long[] shape, long[] result) => Check("Expand", shape, result, Attributes.Empty, i => Tensors.Broadcast(shape, result, Tensors.Flat(result, i)));

    [Theory]
    [InlineData(new long[] { 2, 3 }, new long[] { 2, 3 })]
    [InlineData(new long[] { 2, 1, 20 }, new long[] { 1, 3, 2 })]
    [InlineData(new long[] { 5 }, new long[] { 0 })]
    public void Tiling(long[] shape, long[] repeats)
    {
        long[] result = [.. shape.Zip(repeats, (d, r) => d * r)];
        var attributes = Tensors.With(("repeats", Tensors.Ints(repeats)));
        Check("Tile", shape, result, attributes, Source);
        CheckGradient("grad.Tile", shape, result, attributes, Source);

        long Source(long[] index) => Tensors.Flat(shape, [.. index.Zip(shape, (i, d) => i % d)]);
    }

    [Theory]
    [InlineData("constant", new long[] { 1, 0, 2, 3 })]
    [InlineData("constant", new long[] { -1, 2, -2, -1 })]
    [InlineData("edge", new long[] { 2, 3, 0, 1 })]
    [InlineData("edge", new long[] { 1, -1, 1, 2 })]
    [InlineData("reflect", new long[] { 3, 5, 3, 2 })]
    [InlineData("reflect", new long[] { 9, 0, 1, 14 })]
    [InlineData("reflect", new long[] { 0, 0, 0, 0 })]
    [InlineData("wrap", new long[] { 2, 7, 5, 13 })]
    [InlineData("wrap", new long[] { 1, -2, 0, 1 })]
    public void Padding(string mode, long[] pads)
    {
        long[] shape = [4, 6], result = [4 + pads[0] + pads[2], 6 + pads[1] + pads[3]];
        var attributes = Tensors.With(("mode", mode), ("pads", Tensors.Ints(pads)));
        Check("Pad", shape, result, attributes, Source);
        CheckGradient("grad.Pad", shape, result, attributes, Source);

        long Source(long[] index)
        {
            long[] from = new long[2];
            for (int axis = 0; axis < 2; axis++)
            {
                long at = index[axis] - pads[axis], n = shape[axis];
                if (mode == "constant" && (at < 0 || at >= n))
                    return -1;

                // One step at a time, as one would with a finger.
                while (at < 0 || at >= n)
                    at = mode switch { "edge" => Math.Clamp(at, 0, n - 1), "wrap" => at < 0 ? at + n : at - n, _ => at < 0 ? -at : 2 * (n - 1) - at };
                from[axis] = at;
            }

            return Tensors.Flat(shape, from);
        }
    }

    [Fact]
    public void Padding_with_a_value()
    {
        var attributes = Tensors.With(("pads", Tensors.Ints(1, 1)), ("value", -2f));
        Assert.Equal([-2, 5, 6, -2], KernelProbe.Run("Pad", [TensorData.Floats([2], 5, 6)], "f32[4]", attributes).As<float>().ToArray());
        Assert.Equal([-2, 5, 6, -2], KernelProbe.Run("Pad", [TensorData.Longs([2], 5, 6)], "i64[4]", attributes).As<long>().ToArray());
        Assert.Equal([-2, 5, 6, -2], KernelProbe.Run("Pad", [TensorData.Of<double>(DType.F64, [2], [5, 6])], "f64[4]", attributes).As<double>().ToArray());
        Assert.Equal([254, 5, 6, 254], KernelProbe.Run("Pad", [TensorData.Of<byte>(DType.U8, [2], [5, 6])], "u8[4]", attributes).As<byte>().ToArray());
        Assert.Equal([-2, -2], KernelProbe.Run("Pad", [TensorData.Floats([0])], "f32[2]", attributes).As<float>().ToArray());
    }

    [Fact]
    public void Padding_of_three_axes()
    {
        long[] shape = [3, 4, 5], result = [5, 8, 6];
        var attributes = Tensors.With(("mode", "reflect"), ("pads", Tensors.Ints(1, 3, 0, 1, 1, 1)));
        Check("Pad", shape, result, attributes, Source);
        CheckGradient("grad.Pad", shape, result, attributes, Source);

        long Source(long[] i) => Tensors.Flat(shape, [Fold(i[0] - 1, 3), Fold(i[1] - 3, 4), Fold(i[2], 5)]);

        static long Fold(long at, long n) => at < 0 ? -at : at >= n ? 2 * (n - 1) - at : at;
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, -2)]
    [InlineData(0, 0)]
    [InlineData(0, 2)]
    [InlineData(1, 9)]
    public void Triangles(int upper, int k) => Check("Trilu", [2, 4, 5], [2, 4, 5], Tensors.With(("upper", upper), ("k", k)), i =>
        (upper == 1 ? i[2] - i[1] >= k : i[2] - i[1] <= k) ? Tensors.Flat([2, 4, 5], i) : -1);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public void Running_sums(int axis)
    {
        long[] shape = [3, 7, 5];
        int at = (axis + 3) % 3;
        var x = Tensors.Longs(shape, i => i * 31 % 17 - 8);
        long[] values = x.ToLongs();
        var floats = Tensors.Floats(shape, i => values[i]);
        for (int form = 0; form < 4; form++)
        {
            bool exclusive = (form & 1) != 0, reverse = (form & 2) != 0;
            var attributes = Tensors.With(("axis", axis), ("exclusive", exclusive ? 1 : 0), ("reverse", reverse ? 1 : 0));
            KernelProbe.Run("CumSum", [floats], shape.Text(), attributes).ShouldBe(i => Expected(i, reverse), 0);
            Assert.Equal(Enumerable.Range(0, values.Length).Select(i => Expected(i, reverse)), KernelProbe.Run("CumSum", [x], shape.Text("i64"), attributes).As<long>().ToArray());

            // An element counts in the sums behind it, so its gradient is the sum of those from the other end.
            KernelProbe.Run("grad.CumSum", [floats], shape.Text(), attributes).ShouldBe(i => Expected(i, !reverse), 0);

            long Expected(int i, bool fromEnd)
            {
                long[] index = Tensors.Index(shape, i), other = [.. index];
                long sum = 0;
                for (long q = 0; q < shape[at]; q++)
                {
                    other[at] = q;
                    if (fromEnd ? q > index[at] : q < index[at])
                        sum += values[Tensors.Flat(shape, other)];
                }

                return exclusive ? sum : sum + values[i];
            }
        }
    }

    [Fact]
    public void Zeros() => Assert.Equal([0, 0, 0], KernelProbe.Run("grad.Zero", [], "f32[3]").As<float>().ToArray());
}
