using System.Collections.Immutable;
using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Kernels;

public class WindowKernelTests
{
    public static TheoryData<long[], long[], long[], long[], long[], int> Convolutions => new()
    {
        // x, w, strides, pads, dilations, group
        { [2, 3, 7], [4, 3, 3], [1], [0, 0], [1], 1 },
        { [2, 4, 9], [4, 2, 3], [2], [1, 3], [2], 2 },
        { [2, 3, 5, 4], [4, 3, 1, 1], [1, 1], [0, 0, 0, 0], [1, 1], 1 },
        { [1, 4, 5, 4], [6, 2, 1, 1], [1, 1], [0, 0, 0, 0], [1, 1], 2 },
        { [1, 2, 7, 6], [2, 2, 3, 3], [2, 3], [1, 0, 2, 1], [1, 1], 1 },
        { [2, 4, 6, 5], [6, 2, 2, 3], [1, 2], [0, 1, 0, 1], [2, 1], 2 },
        { [1, 3, 5, 5], [3, 1, 3, 3], [1, 1], [1, 1, 1, 1], [1, 1], 3 },
        { [2, 1, 1, 9], [2, 1, 1, 3], [1, 1], [0, 1, 0, 1], [1, 1], 1 },
        { [1, 2, 3, 4, 5], [3, 2, 2, 2, 3], [1, 2, 1], [0, 1, 0, 1, 0, 1], [1, 1, 1], 1 },
        { [3, 1, 2, 2], [2, 1, 3, 3], [1, 1], [2, 2, 2, 2], [1, 1], 1 },
    };

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void Convolution_and_its_gradients(long[] shapeX, long[] shapeW, long[] strides, long[] pads, long[] dilations, int group)
    {
        Naive x = Naive.Random(1, shapeX), w = Naive.Random(2, shapeW), b = Naive.Random(3, shapeW[0]);
        var attributes = Windows(strides, pads, dilations).With("group", (long)group);
        foreach (var bias in (Naive?[])[b, null])
        {
            var y = Convolve(x, w, bias, strides, pads, dilations, group);
            long workspace = 4 * shapeW[1..].Aggregate(1L, (a, d) => a * d) * y.Shape[2..].Aggregate(1L, (a, d) => a * d);
            y.ShouldEqual(KernelProbe.Run("Conv", attributes, [x.Floats(), w.Floats(), bias?.Floats()], [.. y.Shape], workspace), 1e-5, "Y");
            var dy = Naive.Random(4, [.. y.Shape]);
            Func<Naive> forward = () => Convolve(x, w, bias, strides, pads, dilations, group);
            Naive.Gradient(x, dy, forward).ShouldEqual(KernelProbe.Run("grad.ConvX", attributes, [dy.Floats(), w.Floats()], shapeX, workspace), 1e-5, "dX");
            Naive.Gradient(w, dy, forward).ShouldEqual(KernelProbe.Run("grad.ConvW", attributes, [dy.Floats(), x.Floats()], shapeW, workspace), 1e-5, "dW");
        }
    }

    [Theory]
    [InlineData(1, 20, 23, 40, 50, 3, 1)] // one image in tiles of lines and channels
    [InlineData(9, 6, 8, 17, 18, 3, 2)] // many images, groups
    [InlineData(2, 3, 4, 150, 140, 5, 1)] // columns of one image larger than a thread's scratch memory
    [InlineData(1, 1, 2, 330, 320, 3, 1)] // and of one channel
    [InlineData(2, 40, 33, 30, 20, 1, 1)] // no columns at all
    public void Large_convolutions_are_the_sum_of_their_products(int samples, int channels, int filters, int height, int width, int kernel, int group)
    {
        long[] strides = [1, 1], pads = [.. Enumerable.Repeat((long)kernel / 2, 4)], dilations = [1, 1], shapeX = [samples, channels, height, width];
        Naive x = Naive.Random(1, shapeX), w = Naive.Random(2, filters, channels / group, kernel, kernel);
        var y = Convolve(x, w, null, strides, pads, dilations, group);
        var dy = Naive.Random(4, [.. y.Shape]);
        Naive dx = new(shapeX), dw = new([.. w.Shape]);
        Walk(x, w, y, strides, pads, dilations, group, (ix, iw, iy) =>
        {
            dx.Values[ix] += w.Values[iw] * dy.Values[iy];
            dw.Values[iw] += x.Values[ix] * dy.Values[iy];
        });
        var attributes = Windows(strides, pads, dilations).With("group", (long)group);
        long workspace = 4L * channels / group * kernel * kernel * height * width;
        y.ShouldEqual(KernelProbe.Run("Conv", attributes, [x.Floats(), w.Floats()], [.. y.Shape], workspace), 1e-5, "Y");
        dx.ShouldEqual(KernelProbe.Run("grad.ConvX", attributes, [dy.Floats(), w.Floats()], shapeX, workspace), 1e-5, "dX");
        dw.ShouldEqual(KernelProbe.Run("grad.ConvW", attributes, [dy.Floats(), x.Floats()], [.. w.Shape], workspace), 1e-5, "dW");
    }

    [Theory]
    [InlineData(2, 3, 4, 5, 6, 3, 2, 1, 1, 0)] // strides with pads
    [InlineData(1, 4, 2, 3, 3, 2, 2, 0, 2, 1)] // groups, dilated, more of the output
    [InlineData(9, 8, 6, 17, 18, 4, 2, 1, 1, 0)] // many images
    [InlineData(1, 2, 3, 150, 140, 5, 1, 2, 1, 0)] // columns of one image larger than a thread's scratch memory
    public void Transposed_convolution_adds_what_each_element_makes(int samples, int channels, int filters, int height, int width, int kernel, int stride, int pad, int dilation, int more)
    {
        int group = dilation == 2 ? 2 : 1;
        long Size(long length) => (stride * (length - 1)) + more + ((kernel - 1) * dilation) + 1 - (2 * pad);
        Naive x = Naive.Random(1, samples, channels, height, width), w = Naive.Random(2, channels, filters / group, kernel, kernel), y = new(samples, filters, Size(height), Size(width));
        foreach (long[] at in Naive.Coordinates(x.Shape))
        {
            foreach (long[] k in Naive.Coordinates([filters / group, kernel, kernel]))
            {
                long row = (at[2] * stride) - pad + (k[1] * dilation), column = (at[3] * stride) - pad + (k[2] * dilation);
                if (row >= 0 && row < y.Shape[2] && column >= 0 && column < y.Shape[3])
                    y[at[0], (at[1] / (channels / group) * (filters / group)) + k[0], row, column] += x[at] * w[at[1], k[0], k[1], k[2]];
            }
        }

        var attributes = Windows([stride, stride], [pad, pad, pad, pad], [dilation, dilation]).With("group", group);
        long workspace = 4L * filters / group * kernel * kernel * height * width;
        y.ShouldEqual(KernelProbe.Run("ConvTranspose", attributes, [x.Floats(), w.Floats()], [.. y.Shape], workspace), 1e-5);
    }

    [Fact]
    public void An_empty_batch_convolves_to_nothing()
    {
        var attributes = Windows([1, 1], [0, 0, 0, 0], [1, 1]);
        var w = Naive.Random(1, 2, 3, 2, 2);
        Assert.Equal(0, KernelProbe.Run("Conv", attributes, [new Naive(0, 3, 4, 4).Floats(), w.Floats()], [0, 2, 3, 3]).Count);
        Assert.Equal(0, KernelProbe.Run("grad.ConvX", attributes, [new Naive(0, 2, 3, 3).Floats(), w.Floats()], [0, 3, 4, 4]).Count);
        new Naive(2, 3, 2, 2).ShouldEqual(KernelProbe.Run("grad.ConvW", attributes, [new Naive(0, 2, 3, 3).Floats(), new Naive(0, 3, 4, 4).Floats()], [2, 3, 2, 2]), 0);
    }

    public static TheoryData<long[], long[], long[], long[], long[], bool, long[]> Pools => new()
    {
        // x, kernel, strides, pads, dilations, count_include_pad, output
        { [2, 3, 9], [3], [2], [1, 0], [1], false, [4] },
        { [1, 2, 40], [3], [1], [1, 1], [1], true, [40] },
        { [1, 2, 6, 5], [3, 2], [2, 2], [0, 0, 0, 0], [1, 1], false, [3, 3] }, // ceil_mode
        { [1, 1, 5, 7], [3, 3], [3, 2], [1, 1, 1, 1], [1, 1], true, [2, 4] }, // ceil_mode
        { [2, 2, 7, 8], [2, 3], [1, 1], [0, 0, 0, 0], [3, 2], false, [4, 4] },
        { [9, 30, 17, 40], [2, 2], [2, 2], [0, 0, 0, 0], [1, 1], false, [8, 20] },
        { [1, 2, 3, 4, 3], [2, 2, 2], [1, 1, 1], [0, 0, 0, 0, 0, 0], [1, 1, 1], false, [2, 3, 2] },
        { [0, 3, 4, 4], [2, 2], [1, 1], [0, 0, 0, 0], [1, 1], false, [3, 3] },
    };

    [Theory]
    [MemberData(nameof(Pools))]
    public void Average_and_max_and_their_gradients(long[] shapeX, long[] kernel, long[] strides, long[] pads, long[] dilations, bool countPad, long[] spatial)
    {
        var x = Naive.Random(1, shapeX);
        for (int i = 0; i < x.Values.Length; i++)
            x.Values[i] = Math.Round(x.Values[i] * 8); // many ties
        long[] shapeY = [.. shapeX[..2], .. spatial];
        Naive dy = Naive.Random(2, shapeY), mean = new(shapeY), max = new(shapeY), dMean = new(shapeX), dMax = new(shapeX);
        foreach (long[] at in Naive.Coordinates(shapeY))
        {
            var inside = new List<long[]>();
            int padded = 0;
            foreach (long[] k in Naive.Coordinates(kernel))
            {
                long[] place = [.. k.Select((v, i) => at[2 + i] * strides[i] - pads[i] + v * dilations[i])];
                if (place.Zip(shapeX[2..]).Select((p, i) => p.First < p.Second + pads[kernel.Length + i]).All(b => b))
                    padded++;
                if (place.Zip(shapeX[2..]).All(p => p.First >= 0 && p.First < p.Second))
                    inside.Add([at[0], at[1], .. place]);
            }

            int count = countPad ? padded : inside.Count;
            mean[at] = inside.Sum(p => x[p]) / count;
            max[at] = inside.Max(p => x[p]);
            foreach (long[] p in inside)
                dMean[p] += dy[at] / count;
            dMax[inside.First(p => x[p] == max[at])] += dy[at];
        }

        var attributes = Windows(strides, pads, dilations).With("kernel_shape", kernel.ToImmutableArray()).With("count_include_pad", countPad ? 1L : 0);
        mean.ShouldEqual(KernelProbe.Run("AveragePool", attributes, [x.Floats()], shapeY), 1e-6, "mean");
        max.ShouldEqual(KernelProbe.Run("MaxPool", attributes, [x.Floats()], shapeY), 0, "max");
        dMean.ShouldEqual(KernelProbe.Run("grad.AveragePool", attributes, [dy.Floats()], shapeX), 1e-6, "grad of mean");
        dMax.ShouldEqual(KernelProbe.Run("grad.MaxPool", attributes, [dy.Floats(), x.Floats()], shapeX), 1e-6, "grad of max");
    }

    [Fact]
    public void Positions_of_the_largest_are_left_to_a_fallback()
    {
        var attributes = Attributes.Empty.With("kernel_shape", ImmutableArray.Create(2L));
        Assert.False(KernelProbe.Binds("MaxPool", [KernelProbe.Floats(1, 1, 4)], [KernelProbe.Floats(1, 1, 3), new(DType.I64, [1, 1, 3])], attributes));
    }

    private static Attributes Windows(long[] strides, long[] pads, long[] dilations) => Attributes.Empty
        .With("strides", strides.ToImmutableArray()).With("pads", pads.ToImmutableArray()).With("dilations", dilations.ToImmutableArray());

    private static Naive Convolve(Naive x, Naive w, Naive? b, long[] strides, long[] pads, long[] dilations, int group)
    {
        int rank = strides.Length;
        long[] spatial = [.. Enumerable.Range(0, rank).Select(i => (x.Shape[2 + i] + pads[i] + pads[rank + i] - dilations[i] * (w.Shape[2 + i] - 1) - 1) / strides[i] + 1)];
        var y = new Naive([x.Shape[0], w.Shape[0], .. spatial]);
        long plane = spatial.Aggregate(1L, (a, d) => a * d);
        for (long i = 0; i < y.Values.Length; i++)
            y.Values[i] = b?.Values[i / plane % w.Shape[0]] ?? 0;
        Walk(x, w, y, strides, pads, dilations, group, (ix, iw, iy) => y.Values[iy] += x.Values[ix] * w.Values[iw]);
        return y;
    }

    // All triples of elements that a convolution brings together.
    private static void Walk(Naive x, Naive w, Naive y, long[] strides, long[] pads, long[] dilations, int group, Action<long, long, long> visit)
    {
        int rank = strides.Length;
        long channels = w.Shape[1], filters = w.Shape[0] / group, planeX = Plane(x), planeY = Plane(y), planeW = Plane(w);
        long[][] kernel = [.. Naive.Coordinates([.. w.Shape[2..]])], outputs = [.. Naive.Coordinates([.. y.Shape[2..]])];
        for (long k = 0; k < kernel.Length; k++)
        {
            for (long o = 0; o < outputs.Length; o++)
            {
                long place = 0;
                bool inside = true;
                for (int i = 0; i < rank; i++)
                {
                    long at = outputs[o][i] * strides[i] - pads[i] + kernel[k][i] * dilations[i];
                    inside &= at >= 0 && at < x.Shape[2 + i];
                    place = place * x.Shape[2 + i] + at;
                }

                if (!inside)
                    continue;
                for (long n = 0; n < x.Shape[0]; n++)
                {
                    for (long f = 0; f < w.Shape[0]; f++)
                    {
                        for (long c = 0; c < channels; c++)
                            visit((n * x.Shape[1] + f / filters * channels + c) * planeX + place, (f * channels + c) * planeW + k, (n * w.Shape[0] + f) * planeY + o);
                    }
                }
            }
        }

        static long Plane(Naive t) => t.Shape[2..].Aggregate(1L, (a, d) => a * d);
    }
}
