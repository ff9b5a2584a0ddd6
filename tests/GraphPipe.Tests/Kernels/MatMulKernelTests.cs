using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Kernels;

public class MatMulKernelTests
{
    public static TheoryData<long[], long[]> Shapes => new()
    {
        { [3, 4], [4, 5] },
        { [4], [4, 5] },
        { [3, 4], [4] },
        { [4], [4] },
        { [2, 3, 4], [4, 5] },
        { [2, 3, 4], [4] },
        { [4], [2, 4, 5] },
        { [3, 4], [2, 4, 5] },
        { [2, 3, 4], [2, 4, 1] },
        { [2, 1, 3, 4], [3, 4, 2] },
        { [2, 1, 3, 4], [1, 5, 4, 2] },
        { [6, 1, 1, 2, 3], [5, 1, 3, 2] },
        { [7, 65, 33], [7, 33, 47] },
        { [3, 1, 70, 65], [2, 65, 66] },
        { [2, 600], [600, 33] },
        { [3, 100, 401], [3, 401, 1] },
        { [3, 0, 4], [4, 5] },
        { [0, 3, 4], [0, 4, 5] },
        { [3, 0], [0, 5] },
        { [2, 3, 0], [2, 0, 5] },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Product_as_numpy(long[] shapeA, long[] shapeB)
    {
        Naive a = Naive.Random(1, shapeA), b = Naive.Random(2, shapeB), y = Product(a, b);
        y.ShouldEqual(KernelProbe.Run("MatMul", Attributes.Empty, [a.Floats(), b.Floats()], [.. y.Shape]), 1e-5);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Gradient_products_with_transposes(bool transA, bool transB)
    {
        foreach (var (batchA, batchB) in ((long[], long[])[])[([], []), ([2, 3], [2, 3]), ([2, 3], []), ([], [3]), ([2, 1], [3]), ([3, 1], [1, 17])])
        {
            foreach (var (m, n, k) in ((long, long, long)[])[(3, 4, 5), (1, 5, 33), (34, 1, 20), (65, 33, 70)])
            {
                Naive a = Naive.Random(1, [.. batchA, .. transA ? (long[])[k, m] : [m, k]]), b = Naive.Random(2, [.. batchB, .. transB ? (long[])[n, k] : [k, n]]);
                var y = Product(transA ? Transposed(a) : a, transB ? Transposed(b) : b);
                var attributes = Attributes.Empty.With("transA", transA ? 1L : 0).With("transB", transB ? 1L : 0);
                y.ShouldEqual(KernelProbe.Run("grad.MatMul", attributes, [a.Floats(), b.Floats()], [.. y.Shape]), 1e-5, $"{m}×{n}×{k}");
            }
        }
    }

    [Fact]
    public void A_row_has_the_same_bits_in_every_batch_and_as_a_vector()
    {
        Naive a = Naive.Random(1, 5, 40, 450), b = Naive.Random(2, 450, 1);
        var all = KernelProbe.Run("MatMul", Attributes.Empty, [a.Floats(), b.Floats()], [5, 40, 1]);
        var row = new Naive(450);
        a.Values.AsSpan(17 * 450, 450).CopyTo(row.Values);
        var one = KernelProbe.Run("MatMul", Attributes.Empty, [row.Floats(), b.Floats()], [1]);
        Assert.Equal(BitConverter.SingleToInt32Bits(all.As<float>()[17]), BitConverter.SingleToInt32Bits(one.As<float>()[0]));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Gemm_with_every_kind_of_C(bool transA, bool transB)
    {
        foreach (var (m, n, k) in ((long, long, long)[])[(3, 4, 5), (130, 70, 400), (1, 9, 0)])
        {
            foreach (long[]? shapeC in (long[]?[])[null, [], [n], [1, n], [m, 1], [m, n]])
            {
                Naive a = Naive.Random(1, transA ? [k, m] : [m, k]), b = Naive.Random(2, transB ? [n, k] : [k, n]);
                var y = Product(transA ? Transposed(a) : a, transB ? Transposed(b) : b);
                var c = shapeC is null ? null : Naive.Random(3, shapeC);
                foreach (float beta in (float[])[1, 0.5f])
                {
                    var sum = new Naive(m, n);
                    foreach (long[] at in Naive.Coordinates(sum.Shape))
                        sum[at] = 0.25 * y[at] + (c is null ? 0 : beta * c[[.. shapeC!.Select((d, i) => d == 1 ? 0 : at[2 - shapeC!.Length + i])]]);
                    var attributes = Attributes.Empty.With("alpha", 0.25f).With("beta", beta).With("transA", transA ? 1L : 0).With("transB", transB ? 1L : 0);
                    sum.ShouldEqual(KernelProbe.Run("Gemm", attributes, [a.Floats(), b.Floats(), c?.Floats()], [m, n]), 1e-5, $"{m}×{n}×{k}");
                }
            }
        }
    }

    internal static Naive Product(Naive a, Naive b)
    {
        long[] shapeA = a.Shape.Length == 1 ? [1, .. a.Shape] : [.. a.Shape], shapeB = b.Shape.Length == 1 ? [.. b.Shape, 1] : [.. b.Shape];
        long m = shapeA[^2], k = shapeA[^1], n = shapeB[^1];
        int rank = Math.Max(shapeA.Length, shapeB.Length) - 2;
        long[] batch = new long[rank];
        for (int i = 1; i <= rank; i++)
        {
            long da = i + 2 <= shapeA.Length ? shapeA[^(i + 2)] : 1, db = i + 2 <= shapeB.Length ? shapeB[^(i + 2)] : 1;
            batch[^i] = da == 1 ? db : da;
        }

        var y = new Naive([.. batch, .. a.Shape.Length == 1 ? (long[])[] : [m], .. b.Shape.Length == 1 ? (long[])[] : [n]]);
        long at = 0;
        foreach (long[] place in Naive.Coordinates(batch))
        {
            long offsetA = Offset(place, shapeA) * m * k, offsetB = Offset(place, shapeB) * k * n;
            for (long i = 0; i < m; i++)
            {
                for (long j = 0; j < n; j++, at++)
                {
                    for (long p = 0; p < k; p++)
                        y.Values[at] += a.Values[offsetA + i * k + p] * b.Values[offsetB + p * n + j];
                }
            }
        }

        return y;

        static long Offset(long[] place, long[] shape)
        {
            long offset = 0;
            for (int i = 0; i < shape.Length - 2; i++)
                offset = offset * shape[i] + (shape[i] == 1 ? 0 : place[place.Length - (shape.Length - 2) + i]);
            return offset;
        }
    }

    private static Naive Transposed(Naive x)
    {
        var y = new Naive([.. x.Shape[..^2], x.Shape[^1], x.Shape[^2]]);
        foreach (long[] at in Naive.Coordinates(y.Shape))
            y[at] = x[[.. at[..^2], at[^1], at[^2]]];
        return y;
    }
}
