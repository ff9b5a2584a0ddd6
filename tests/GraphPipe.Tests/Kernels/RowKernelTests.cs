using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Kernels;

public class RowKernelTests
{
    public static TheoryData<long[], int> Rows => new()
    {
        { [3, 5], 1 },
        { [3, 5], 0 },
        { [2, 3, 4], 1 },
        { [2, 17, 3], 1 },
        { [3, 2, 33], 2 },
        { [2, 3, 19], 0 },
        { [7], 0 },
        { [1], 0 },
        { [150, 70], 1 },
        { [40, 9, 25], 1 },
        { [0, 5], 1 },
        { [3, 0], 1 },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Softmax_and_its_gradient(long[] shape, int axis) => Check("Softmax", shape, axis, (x, sum) => Math.Exp(x) / sum);

    [Theory]
    [MemberData(nameof(Rows))]
    public void LogSoftmax_and_its_gradient(long[] shape, int axis) => Check("LogSoftmax", shape, axis, (x, sum) => x - Math.Log(sum));

    [Theory]
    [InlineData("Softmax")]
    [InlineData("LogSoftmax")]
    public void Large_values_do_not_overflow(string op)
    {
        var y = KernelProbe.Run(op, Attributes.Empty.With("axis", 1L), [TensorData.Floats([1, 3], 1000, 999, -1000)], [1, 3]);
        double log = Math.Log(1 + Math.Exp(-1));
        double[] expected = op == "Softmax" ? [Math.Exp(-log), Math.Exp(-1 - log), 0] : [-log, -1 - log, -2000 - log];
        for (int i = 0; i < 3; i++)
            Assert.Equal(expected[i], y.DoubleAt(i), 1e-6 * Math.Max(1, Math.Abs(expected[i])));
    }

    public static TheoryData<long[], int, bool> Normalized => new()
    {
        { [3, 5], 1, true },
        { [2, 3, 4], 1, true },
        { [2, 3, 17], 2, false },
        { [2, 2, 33], 0, true },
        { [0, 5], 1, true },
    };

    [Theory]
    [MemberData(nameof(Normalized))]
    public void LayerNormalization_and_its_gradients(long[] shape, int axis, bool hasBias)
    {
        long[] inner = shape[axis..], statistics = [.. shape[..axis], .. inner.Select(_ => 1L)];
        Naive x = Naive.Random(1, shape), scale = Naive.Random(2, inner), dy = Naive.Random(4, shape);
        var bias = hasBias ? Naive.Random(3, inner) : null;
        var attributes = Attributes.Empty.With("axis", (long)axis).With("epsilon", 0.01f);
        Naive mean = null!, invStd = null!;
        Func<Naive> forward = () => LayerNormalization(x, scale, bias, axis, 0.01, out mean, out invStd);
        var y = forward();
        var results = KernelProbe.Run("LayerNormalization", attributes, [x.Floats(), scale.Floats(), bias?.Floats()],
            [KernelProbe.Floats(shape), KernelProbe.Floats(statistics), KernelProbe.Floats(statistics)]);
        y.ShouldEqual(results[0], 1e-5, "Y");
        mean.ShouldEqual(results[1], 1e-6, "Mean");
        invStd.ShouldEqual(results[2], 1e-6, "InvStdDev");
        Assert.Equal(results[0].Hash, KernelProbe.Run("LayerNormalization", attributes, [x.Floats(), scale.Floats(), bias?.Floats()], shape).Hash);
        var dx = KernelProbe.Run("grad.LayerNormalizationX", attributes, [dy.Floats(), x.Floats(), scale.Floats(), results[1], results[2]], shape);
        Naive.Gradient(x, dy, forward).ShouldEqual(dx, 1e-5, "dX");
        var dScale = KernelProbe.Run("grad.LayerNormalizationScale", attributes, [dy.Floats(), x.Floats(), results[1], results[2]], inner);
        Naive.Gradient(scale, dy, forward).ShouldEqual(dScale, 1e-5, "dScale");
    }

    [Fact]
    public void LayerNormalization_of_many_rows()
    {
        Naive x = Naive.Random(1, 300, 129), scale = Naive.Random(2, 129), dy = Naive.Random(4, 300, 129);
        var attributes = Attributes.Empty.With("axis", 1L);
        var y = LayerNormalization(x, scale, null, 1, 1e-5, out var mean, out var invStd);
        var results = KernelProbe.Run("LayerNormalization", attributes, [x.Floats(), scale.Floats()],
            [KernelProbe.Floats(300, 129), KernelProbe.Floats(300, 1), KernelProbe.Floats(300, 1)]);
        y.ShouldEqual(results[0], 1e-5, "Y");
        mean.ShouldEqual(results[1], 1e-5, "Mean");
        invStd.ShouldEqual(results[2], 1e-5, "InvStdDev");
        var dScale = new Naive(129);
        for (int i = 0; i < x.Values.Length; i++)
            dScale.Values[i % 129] += dy.Values[i] * (x.Values[i] - mean.Values[i / 129]) * invStd.Values[i / 129];
        TensorData[] statistics = [mean.Floats(), invStd.Floats()];
        dScale.ShouldEqual(KernelProbe.Run("grad.LayerNormalizationScale", attributes, [dy.Floats(), x.Floats(), .. statistics], [129]), 1e-5);
        KernelProbe.Run("grad.LayerNormalizationX", attributes, [dy.Floats(), x.Floats(), scale.Floats(), .. statistics], [300, 129]);
    }

    [Theory]
    [InlineData(2, 3, 17)]
    [InlineData(1, 2, 4)]
    [InlineData(5, 7, 1)]
    [InlineData(0, 3, 4)]
    public void InstanceNormalization_and_its_gradients(long samples, long channels, long spatial)
    {
        long[] shape = [samples, channels, spatial];
        Naive x = Naive.Random(1, shape), scale = Naive.Random(2, channels), bias = Naive.Random(3, channels), dy = Naive.Random(4, shape);
        var attributes = Attributes.Empty.With("epsilon", 0.01f);
        Naive mean = null!, invStd = null!;
        Func<Naive> forward = () => InstanceNormalization(x, scale, bias, 0.01, out mean, out invStd);
        var y = forward();
        var results = KernelProbe.Run("InstanceNormalization", attributes, [x.Floats(), scale.Floats(), bias.Floats()],
            [KernelProbe.Floats(shape), KernelProbe.Floats(samples, channels), KernelProbe.Floats(samples, channels)]);
        y.ShouldEqual(results[0], 1e-5, "Y");
        mean.ShouldEqual(results[1], 1e-6, "Mean");
        invStd.ShouldEqual(results[2], 1e-6, "InvStdDev");
        var dx = KernelProbe.Run("grad.InstanceNormalizationX", attributes, [dy.Floats(), x.Floats(), scale.Floats(), results[1], results[2]], shape);
        Naive.Gradient(x, dy, forward).ShouldEqual(dx, 1e-5, "dX");
        var dScale = KernelProbe.Run("grad.InstanceNormalizationScale", attributes, [dy.Floats(), x.Floats(), results[1], results[2]], [channels]);
        Naive.Gradient(scale, dy, forward).ShouldEqual(dScale, 1e-5, "dScale");
    }

    [Fact]
    public void InstanceNormalization_cut_inside_a_sample()
    {
        Naive x = Naive.Random(1, 3, 5, 50, 80), scale = Naive.Random(2, 5), bias = Naive.Random(3, 5), dy = Naive.Random(4, 3, 5, 50, 80);
        var y = InstanceNormalization(x, scale, bias, 1e-5, out var mean, out var invStd);
        y.ShouldEqual(KernelProbe.Run("InstanceNormalization", Attributes.Empty, [x.Floats(), scale.Floats(), bias.Floats()], [3, 5, 50, 80]), 1e-5);
        TensorData[] statistics = [mean.Floats(), invStd.Floats()];
        KernelProbe.Run("grad.InstanceNormalizationX", Attributes.Empty, [dy.Floats(), x.Floats(), scale.Floats(), .. statistics], [3, 5, 50, 80]);
        KernelProbe.Run("grad.InstanceNormalizationScale", Attributes.Empty, [dy.Floats(), x.Floats(), .. statistics], [5]);
    }

    private static void Check(string op, long[] shape, int axis, Func<double, double, double> f)
    {
        Naive x = Naive.Random(1, shape), dy = Naive.Random(2, shape);
        for (int i = 0; i < x.Values.Length; i++)
            x.Values[i] *= 4;
        Func<Naive> forward = () =>
        {
            var y = new Naive(shape);
            long inner = shape[(axis + 1)..].Aggregate(1L, (a, d) => a * d), length = shape[axis];
            for (long i = 0; i < y.Values.Length; i++)
            {
                double sum = 0;
                long first = i / (length * inner) * length * inner + i % inner;
                for (long k = 0; k < length; k++)
                    sum += Math.Exp(x.Values[first + k * inner]);
                y.Values[i] = f(x.Values[i], sum);
            }

            return y;
        };
        var attributes = Attributes.Empty.With("axis", (long)axis);
        var expected = forward();
        var y = KernelProbe.Run(op, attributes, [x.Floats()], shape);
        expected.ShouldEqual(y, 2e-6, op);
        var dx = KernelProbe.Run("grad." + op, attributes, [dy.Floats(), y], shape);
        if (x.Values.Length < 500)
            Naive.Gradient(x, dy, forward).ShouldEqual(dx, 1e-5, "grad." + op);
    }

    private static Naive LayerNormalization(Naive x, Naive scale, Naive? bias, int axis, double epsilon, out Naive mean, out Naive invStd)
    {
        long[] statistics = [.. x.Shape.Select((d, i) => i < axis ? d : 1)];
        var y = new Naive([.. x.Shape]);
        (mean, invStd) = (new Naive(statistics), new Naive(statistics));
        int n = scale.Values.Length;
        for (int row = 0; row < mean.Values.Length; row++)
        {
            var values = x.Values[(row * n)..((row + 1) * n)];
            double m = mean.Values[row] = values.Average();
            double s = invStd.Values[row] = 1 / Math.Sqrt(values.Average(v => (v - m) * (v - m)) + epsilon);
            for (int i = 0; i < n; i++)
                y.Values[row * n + i] = (values[i] - m) * s * scale.Values[i] + (bias?.Values[i] ?? 0);
        }

        return y;
    }

    private static Naive InstanceNormalization(Naive x, Naive scale, Naive bias, double epsilon, out Naive mean, out Naive invStd)
    {
        var y = new Naive([.. x.Shape]);
        (mean, invStd) = (new Naive([.. x.Shape[..2]]), new Naive([.. x.Shape[..2]]));
        int n = mean.Values.Length == 0 ? 0 : x.Values.Length / mean.Values.Length;
        for (int row = 0; row < mean.Values.Length; row++)
        {
            int c = row % (int)x.Shape[1];
            var values = x.Values[(row * n)..((row + 1) * n)];
            double m = mean.Values[row] = values.Average();
            double s = invStd.Values[row] = 1 / Math.Sqrt(values.Average(v => (v - m) * (v - m)) + epsilon);
            for (int i = 0; i < n; i++)
                y.Values[row * n + i] = (values[i] - m) * s * scale.Values[c] + bias.Values[c];
        }

        return y;
    }
}
