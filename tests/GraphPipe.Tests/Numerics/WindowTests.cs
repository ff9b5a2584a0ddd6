using System.Runtime.InteropServices;
using GraphPipe.Runtime.Cpu.Numerics;
using Xunit;

namespace GraphPipe.Tests.Numerics;

public sealed unsafe class WindowTests : IDisposable
{
    private readonly byte* scratch = (byte*)NativeMemory.Alloc(Gemm.ScratchBytes);

    public void Dispose() => NativeMemory.Free(scratch);

    private static WindowAxis Axis(int input, int kernel, int stride = 1, int pad = 0, int dilation = 1, int padEnd = -1, bool ceil = false)
    {
        if (padEnd < 0) padEnd = pad;
        int room = input + pad + padEnd - dilation * (kernel - 1) - 1;
        return new WindowAxis(input, (ceil ? (room + stride - 1) / stride : room / stride) + 1, kernel, stride, pad, dilation, padEnd);
    }

    private static readonly WindowShape[] Shapes =
    [
        new(Axis(17, 3)), new(Axis(9, 3, 2, 1)), new(Axis(1, 1)), new(Axis(8, 1), Axis(5, 1)), new(Axis(7, 3, 1, 1), Axis(18, 3, 1, 1)),
        new(Axis(8, 3, 2, 1), Axis(9, 5, 3, 2)), new(Axis(9, 2, 1, 0, 3), Axis(20, 3, 2, 1, 2, 0)), new(Axis(4, 4, 1, 3), Axis(3, 5, 2, 4)),
        new(Axis(4, 2, 1, 1), Axis(5, 3, 2, 1), Axis(6, 2, 1, 0, 2)), new(Axis(3, 2, 1, 1), Axis(40, 3, 1, 2)), new(Axis(5, 2, 2), Axis(71, 2, 2, 1)),
        new(Axis(2, 1), Axis(110, 3, 3, 0, 2)),
    ];

    /// <summary>Every (output, window element, input) triple inside the input.</summary>
    private static IEnumerable<(long Output, int Element, long Input)> Pairs(WindowShape w)
    {
        long o = 0;
        for (int z = 0; z < w.Depth.Output; z++)
            for (int y = 0; y < w.Height.Output; y++)
                for (int x = 0; x < w.Width.Output; x++, o++)
                {
                    int k = 0;
                    for (int kz = 0; kz < w.Depth.Kernel; kz++)
                        for (int ky = 0; ky < w.Height.Kernel; ky++)
                            for (int kx = 0; kx < w.Width.Kernel; kx++, k++)
                            {
                                int iz = z * w.Depth.Stride - w.Depth.Pad + kz * w.Depth.Dilation;
                                int iy = y * w.Height.Stride - w.Height.Pad + ky * w.Height.Dilation;
                                int ix = x * w.Width.Stride - w.Width.Pad + kx * w.Width.Dilation;
                                if (iz >= 0 && iy >= 0 && ix >= 0 && iz < w.Depth.Input && iy < w.Height.Input && ix < w.Width.Input)
                                    yield return (o, k, ((long)iz * w.Height.Input + iy) * w.Width.Input + ix);
                            }
                }
    }

    [Fact]
    public void Convolution_and_its_gradients()
    {
        foreach (var w in Shapes)
            foreach (int groups in new[] { 1, 2 })
            {
                const int samples = 3, channels = 4, filters = 6;
                int inGroup = channels / groups, outGroup = filters / groups;
                using var x = Floats.Random(samples * channels * w.Input, 1);
                using var weight = Floats.Random(filters * inGroup * w.Kernel, 2);
                using var bias = Floats.Random(filters, 3);
                using var dy = Floats.Random(samples * filters * w.Output, 4);
                using var y = new Floats(dy.Length);
                using var dx = new Floats(x.Length);
                using var dw = new Floats(weight.Length);
                using var workspace = new Floats(Convolution.WorkspaceFloats(w, channels, groups));
                double[] ry = new double[y.Length], rdx = new double[dx.Length], rdw = new double[dw.Length];
                var pairs = Pairs(w).ToList();
                for (int n = 0; n < samples; n++)
                    for (int f = 0; f < filters; f++)
                    {
                        for (long o = 0; o < w.Output; o++) ry[(n * filters + f) * w.Output + o] = bias[f];
                        for (int c = 0; c < inGroup; c++)
                            foreach (var (o, k, i) in pairs)
                            {
                                long yi = (n * filters + f) * w.Output + o, wi = (f * inGroup + c) * w.Kernel + k;
                                long xi = (n * channels + f / outGroup * inGroup + c) * w.Input + i;
                                ry[yi] += (double)x[xi] * weight[wi];
                                rdx[xi] += (double)dy[yi] * weight[wi];
                                rdw[wi] += (double)dy[yi] * x[xi];
                            }
                    }

                Convolution.Forward(w, x.P, weight.P, bias.P, y.P, channels, filters, groups, 0, 1, workspace.P, scratch);
                Convolution.Forward(w, x.P, weight.P, bias.P, y.P, channels, filters, groups, 1, samples, workspace.P, scratch);
                y.ShouldBe(i => ry[i], 3e-6, $"{w} forward");
                Convolution.BackwardInput(w, dy.P, weight.P, dx.P, channels, filters, groups, 0, samples, workspace.P, scratch);
                dx.ShouldBe(i => rdx[i], 3e-6, $"{w} input gradient");
                Convolution.BackwardWeight(w, dy.P, x.P, dw.P, samples, channels, filters, groups, 0, groups, workspace.P, scratch);
                dw.ShouldBe(i => rdw[i], 1e-5, $"{w} weight gradient");
                workspace.CheckGuards();
            }
    }

    [Fact]
    public void Max_pooling_takes_the_first_of_equals()
    {
        foreach (var w in Shapes)
        {
            const int planes = 3;
            using var x = Floats.Random(planes * w.Input, 1, -3, 3);
            for (long i = 0; i < x.Length; i++) x[i] = MathF.Round(x[i]);
            using var dy = Floats.Random(planes * w.Output, 2);
            using var y = new Floats(dy.Length);
            using var dx = new Floats(x.Length);
            using var expected = new Floats(x.Length);
            var indices = new long[y.Length];
            fixed (long* p = indices) MaxPooling.Forward(w, x.P, y.P, p, 0, planes);
            var first = new long[y.Length];
            Array.Fill(first, -1);
            for (int plane = 0; plane < planes; plane++)
                foreach (var (o, _, i) in Pairs(w))
                {
                    long at = plane * w.Output + o;
                    if (first[at] < 0 || x[plane * w.Input + i] > x[plane * w.Input + first[at]]) first[at] = i;
                }

            Assert.Equal(first, indices);
            y.ShouldBe(i => first[i] < 0 ? double.NegativeInfinity : x[i / w.Output * w.Input + first[i]], 0);
            for (long i = 0; i < y.Length; i++)
                if (first[i] >= 0) expected[i / w.Output * w.Input + first[i]] += dy[i];
            MaxPooling.Backward(w, dy.P, x.P, dx.P, 0, planes);
            dx.ShouldHaveTheBitsOf(expected);
        }
    }

    [Fact]
    public void Average_pooling()
    {
        foreach (var w in Shapes)
            foreach (bool countPad in new[] { false, true })
            {
                using var x = Floats.Random(2 * w.Input, 1);
                using var dy = Floats.Random(2 * w.Output, 2);
                using var y = new Floats(dy.Length);
                using var dx = new Floats(x.Length);
                double[] sum = new double[y.Length], count = new double[w.Output], rdx = new double[dx.Length];
                foreach (var (o, _, i) in Pairs(w))
                {
                    count[o]++;
                    for (int plane = 0; plane < 2; plane++) sum[plane * w.Output + o] += x[plane * w.Input + i];
                }

                // Without ceil mode every window lies inside the padded input.
                double Divisor(long o) => countPad ? w.Kernel : Math.Max(1, count[o]);
                foreach (var (o, _, i) in Pairs(w))
                    for (int plane = 0; plane < 2; plane++) rdx[plane * w.Input + i] += dy[plane * w.Output + o] / Divisor(o);
                AveragePooling.Forward(w, x.P, y.P, countPad, 0, 2);
                y.ShouldBe(i => sum[i] / Divisor(i % w.Output), 1e-6, $"{w}");
                AveragePooling.Backward(w, dy.P, dx.P, countPad, 0, 2);
                dx.ShouldBe(i => rdx[i], 1e-6, $"{w} gradient");
            }
    }

    [Fact]
    public void A_window_over_the_end_counts_only_what_was_padded()
    {
        // Input 4, window 3, stride 2, one pad on each side, ceil mode: the last window begins at 3 and has one element and one pad.
        var w = new WindowShape(Axis(4, 3, 2, 1, ceil: true));
        using var x = Floats.Of(1, 2, 3, 4);
        using var y = new Floats(w.Output);
        AveragePooling.Forward(w, x.P, y.P, true, 0, 1);
        Assert.Equal([1f, 3f, 2f], y.Span.ToArray());
        AveragePooling.Forward(w, x.P, y.P, false, 0, 1);
        Assert.Equal([1.5f, 3f, 4f], y.Span.ToArray());
    }
}
