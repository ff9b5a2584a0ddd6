using GraphPipe.Runtime.Cpu.Numerics;
using Xunit;

namespace GraphPipe.Tests.Numerics;

public sealed unsafe class RowTests
{
    public static TheoryData<int, int, int> Shapes() => new()
    {
        { 1, 1, 1 }, { 2, 15, 1 }, { 3, 16, 1 }, { 2, 17, 1 }, { 2, 100, 1 }, { 1, 5000, 1 }, { 2, 5, 16 }, { 3, 4, 17 }, { 1, 33, 31 }, { 0, 4, 1 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Softmax_and_its_logarithm(int outer, int axis, int inner)
    {
        long n = (long)outer * axis * inner;
        using var x = Floats.Random(n, 1, -10, 10);
        using var dy = Floats.Random(n, 2);
        using var y = new Floats(n);
        using var dx = new Floats(n);
        var p = new double[n];
        var sumP = new double[n];
        var sumDy = new double[n];
        for (int o = 0; o < outer; o++)
            for (int j = 0; j < inner; j++)
            {
                long At(int a) => ((long)o * axis + a) * inner + j;
                double z = Enumerable.Range(0, axis).Sum(a => Math.Exp(x[At(a)]));
                for (int a = 0; a < axis; a++) p[At(a)] = Math.Exp(x[At(a)]) / z;
                double dot = Enumerable.Range(0, axis).Sum(a => p[At(a)] * dy[At(a)]), total = Enumerable.Range(0, axis).Sum(a => (double)dy[At(a)]);
                for (int a = 0; a < axis; a++) (sumP[At(a)], sumDy[At(a)]) = (dot, total);
            }

        if (inner == 1) Softmax.Forward(x.P, y.P, outer, axis);
        else Softmax.ForwardInner(x.P, y.P, outer, axis, inner);
        y.ShouldBe(i => p[i], 2e-7, "softmax");
        if (inner == 1) Softmax.Backward(dy.P, y.P, dx.P, outer, axis);
        else Softmax.BackwardInner(dy.P, y.P, dx.P, outer, axis, inner);
        dx.ShouldBe(i => p[i] * (dy[i] - sumP[i]), 1e-6, "softmax gradient");

        if (inner == 1) LogSoftmax.Forward(x.P, y.P, outer, axis);
        else LogSoftmax.ForwardInner(x.P, y.P, outer, axis, inner);
        y.ShouldBe(i => Math.Log(p[i]), 1e-6, "log-softmax");
        if (inner == 1) LogSoftmax.Backward(dy.P, y.P, dx.P, outer, axis);
        else LogSoftmax.BackwardInner(dy.P, y.P, dx.P, outer, axis, inner);
        dx.ShouldBe(i => dy[i] - p[i] * sumDy[i], 2e-6, "log-softmax gradient");
    }

    [Fact]
    public void Softmax_survives_large_logits()
    {
        using var x = Floats.Of(1e30f, -1e30f, 1e30f);
        using var y = new Floats(3);
        Softmax.Forward(x.P, y.P, 1, 3);
        Assert.Equal([0.5f, 0f, 0.5f], y.Span.ToArray());
    }

    /// <summary>Σ dy·f(x) differentiated by central differences in double precision.</summary>
    private static double Slope(double[] x, int i, Func<double[], double> f)
    {
        const double h = 1e-5;
        double old = x[i];
        x[i] = old + h;
        double up = f(x);
        x[i] = old - h;
        double down = f(x);
        x[i] = old;
        return (up - down) / (2 * h);
    }

    private static double[] Double(Floats f) => f.Span.ToArray().Select(v => (double)v).ToArray();

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 15)]
    [InlineData(3, 16)]
    [InlineData(70, 17)]
    [InlineData(2, 33)]
    public void Layer_and_rms_normalisation(int rows, int n)
    {
        const double eps = 1e-5;
        using var x = Floats.Random(rows * n, 1, 2, 4);
        using var dy = Floats.Random(rows * n, 2);
        using var gamma = Floats.Random(n, 3);
        using var beta = Floats.Random(n, 4);
        using var y = new Floats(rows * n);
        using var dx = new Floats(rows * n);
        using var mean = new Floats(rows);
        using var inv = new Floats(rows);
        using var dgamma = new Floats(n);
        using var dbeta = new Floats(n);
        foreach (bool rms in new[] { false, true })
        {
            double Normal(double[] v, int i)
            {
                var row = v.Skip(i / n * n).Take(n).ToList();
                double m = rms ? 0 : row.Average(), s = row.Average(q => (q - m) * (q - m));
                return (v[i] - m) / Math.Sqrt(s + eps);
            }

            if (rms) RmsNorm.Forward(x.P, gamma.P, y.P, inv.P, rows, n, (float)eps);
            else LayerNorm.Forward(x.P, gamma.P, beta.P, y.P, mean.P, inv.P, rows, n, (float)eps);
            var xs = Double(x);
            y.ShouldBe(i => Normal(xs, (int)i) * gamma[i % n] + (rms ? 0 : beta[i % n]), n == 1 ? 1e-3 : 5e-6);
            if (rms) RmsNorm.BackwardInput(dy.P, x.P, gamma.P, inv.P, dx.P, rows, n);
            else LayerNorm.BackwardInput(dy.P, x.P, gamma.P, mean.P, inv.P, dx.P, rows, n);
            dx.ShouldBe(
                i => Slope(xs, (int)i, v => Enumerable.Range((int)i / n * n, n).Sum(q => dy[q] * (Normal(v, q) * gamma[q % n]))), n == 1 ? 1e-2 : 2e-5);
            LayerNorm.BackwardParameters(dy.P, x.P, rms ? null : mean.P, inv.P, dgamma.P, dbeta.P, rows, n, 0, n / 2);
            LayerNorm.BackwardParameters(dy.P, x.P, rms ? null : mean.P, inv.P, dgamma.P, dbeta.P, rows, n, n / 2, n);
            dgamma.ShouldBe(j => Enumerable.Range(0, rows).Sum(r => dy[r * n + j] * Normal(xs, (int)(r * n + j))), n == 1 ? 1e-2 : 2e-5);
            dbeta.ShouldBe(j => Enumerable.Range(0, rows).Sum(r => (double)dy[r * n + j]), 5e-6);
        }
    }

    [Theory]
    [InlineData(2, 4, 5, 2)]
    [InlineData(1, 3, 33, 3)]
    [InlineData(2, 6, 17, 1)]
    public void Group_normalisation(int batch, int channels, int spatial, int groups)
    {
        const double eps = 1e-5;
        int total = batch * channels * spatial, n = channels / groups * spatial;
        using var x = Floats.Random(total, 1, 1, 4);
        using var dy = Floats.Random(total, 2);
        using var gamma = Floats.Random(channels, 3);
        using var beta = Floats.Random(channels, 4);
        using var y = new Floats(total);
        using var dx = new Floats(total);
        using var mean = new Floats(batch * groups);
        using var inv = new Floats(batch * groups);
        using var dgamma = new Floats(channels);
        using var dbeta = new Floats(channels);
        int Channel(long i) => (int)(i / spatial % channels);
        double Normal(double[] v, int i)
        {
            var row = v.Skip(i / n * n).Take(n).ToList();
            double m = row.Average(), s = row.Average(q => (q - m) * (q - m));
            return (v[i] - m) / Math.Sqrt(s + eps);
        }

        var xs = Double(x);
        GroupNorm.Forward(x.P, gamma.P, beta.P, y.P, mean.P, inv.P, batch, channels, spatial, groups, (float)eps);
        y.ShouldBe(i => Normal(xs, (int)i) * gamma[Channel(i)] + beta[Channel(i)], 5e-6);
        GroupNorm.BackwardInput(dy.P, x.P, gamma.P, mean.P, inv.P, dx.P, batch, channels, spatial, groups);
        dx.ShouldBe(i => Slope(xs, (int)i, v => Enumerable.Range((int)i / n * n, n).Sum(q => dy[q] * Normal(v, q) * gamma[Channel(q)])), 2e-5);
        GroupNorm.BackwardParameters(dy.P, x.P, mean.P, inv.P, dgamma.P, dbeta.P, batch, channels, spatial, groups, 0, channels);
        dgamma.ShouldBe(c => Enumerable.Range(0, total).Where(i => Channel(i) == c).Sum(i => dy[i] * Normal(xs, i)), 2e-5);
        dbeta.ShouldBe(c => Enumerable.Range(0, total).Where(i => Channel(i) == c).Sum(i => (double)dy[i]), 5e-6);
    }

    [Theory]
    [InlineData(5, 17, 1)]
    [InlineData(3, 100, 1)]
    [InlineData(2, 5, 7)]
    public void Cross_entropy(int n, int classes, int inner)
    {
        using var x = Floats.Random(n * classes * inner, 1, -5, 5);
        using var weights = Floats.Random(classes, 2, 0.5, 2);
        using var losses = new Floats(n * inner);
        using var dx = new Floats(n * classes * inner);
        var random = new Random(3);
        var targets = Enumerable.Range(0, n * inner).Select(i => i == 1 ? -100L : random.Next(classes)).ToArray();
        long bad;
        fixed (long* t = targets) bad = CrossEntropy.Run(x.P, t, weights.P, losses.P, dx.P, 0.25f, n, classes, inner, -100);
        Assert.Equal(-1, bad);
        long At(long i, long c) => (i / inner * classes + c) * inner + i % inner;
        double Z(long i) => Enumerable.Range(0, classes).Sum(c => Math.Exp(x[At(i, c)]));
        losses.ShouldBe(i => targets[i] < 0 ? 0 : weights[targets[i]] * (Math.Log(Z(i)) - x[At(i, targets[i])]), 1e-6);
        dx.ShouldBe(
            q =>
            {
                long c = q / inner % classes, i = q / inner / classes * inner + q % inner;
                return targets[i] < 0 ? 0 : 0.25 * weights[targets[i]] * (Math.Exp(x[q]) / Z(i) - (c == targets[i] ? 1 : 0));
            },
            2e-7);
        targets[2] = classes;
        fixed (long* t = targets) bad = CrossEntropy.Run(x.P, t, weights.P, losses.P, dx.P, 0.25f, n, classes, inner, -100);
        Assert.Equal(2, bad);
    }

    [Fact]
    public void Squared_error()
    {
        foreach (int n in new[] { 0, 1, 17, 100, 5000 })
        {
            using var x = Floats.Random(n, 1);
            using var t = Floats.Random(n, 2);
            using var dx = new Floats(n);
            double expected = Enumerable.Range(0, n).Sum(i => ((double)x[i] - t[i]) * ((double)x[i] - t[i]));
            Assert.True(Math.Abs(expected - SquaredError.Sum(x.P, t.P, n)) <= 1e-6 * Math.Max(1, expected));
            SquaredError.Gradient(x.P, t.P, dx.P, 0.5f, n);
            dx.ShouldBe(i => 0.5 * (x[i] - t[i]), 1e-7);
        }
    }
}
