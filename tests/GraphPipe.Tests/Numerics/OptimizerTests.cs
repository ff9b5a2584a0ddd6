using GraphPipe.Runtime.Cpu.Numerics;
using Xunit;

namespace GraphPipe.Tests.Numerics;

public sealed unsafe class OptimizerTests
{
    [Theory]
    [InlineData(0f, 0f, 0f, false)]
    [InlineData(0.9f, 0f, 0.01f, false)]
    [InlineData(0.9f, 0.1f, 0f, false)]
    [InlineData(0.9f, 0f, 0.01f, true)]
    public void Sgd(float momentum, float dampening, float decay, bool nesterov)
    {
        foreach (int n in new[] { 0, 1, 17, 100 })
        {
            using var p = Floats.Random(n, 1);
            using var buffer = new Floats(n);
            double[] rp = p.Span.ToArray().Select(v => (double)v).ToArray(), rb = new double[n];
            for (int step = 0; step < 3; step++)
            {
                using var g = Floats.Random(n, 10 + step);
                SgdLoop.Step(p.P, g.P, momentum == 0 ? null : buffer.P, n, 0.1f, momentum, dampening, decay, nesterov, step == 0);
                for (int i = 0; i < n; i++)
                {
                    double d = g[i] + decay * rp[i];
                    if (momentum != 0)
                    {
                        rb[i] = step == 0 ? d : momentum * rb[i] + (1 - dampening) * d;
                        d = nesterov ? d + momentum * rb[i] : rb[i];
                    }

                    rp[i] -= 0.1 * d;
                }
            }

            p.ShouldBe(i => rp[i], 1e-6);
            buffer.ShouldBe(i => rb[i], 1e-6);
        }
    }

    [Theory]
    [InlineData(0.0, false)]
    [InlineData(0.1, false)]
    [InlineData(0.1, true)]
    public void Adam(double decay, bool decoupled)
    {
        const double rate = 0.01, beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
        foreach (int n in new[] { 0, 1, 17, 100 })
        {
            using var p = Floats.Random(n, 1);
            using var m = new Floats(n);
            using var v = new Floats(n);
            double[] rp = p.Span.ToArray().Select(x => (double)x).ToArray(), rm = new double[n], rv = new double[n];
            for (int step = 1; step <= 3; step++)
            {
                using var g = Floats.Random(n, 10 + step);
                double c1 = 1 - Math.Pow(beta1, step), c2 = 1 - Math.Pow(beta2, step);
                AdamLoop.Step(p.P, g.P, m.P, v.P, n, rate, beta1, beta2, eps, decay, decoupled, c1, c2);
                for (int i = 0; i < n; i++)
                {
                    double d = g[i];
                    if (decoupled) rp[i] *= 1 - rate * decay;
                    else d += decay * rp[i];
                    rm[i] = beta1 * rm[i] + (1 - beta1) * d;
                    rv[i] = beta2 * rv[i] + (1 - beta2) * d * d;
                    rp[i] -= rate / c1 * rm[i] / (Math.Sqrt(rv[i]) / Math.Sqrt(c2) + eps);
                }
            }

            p.ShouldBe(i => rp[i], 2e-6);
            m.ShouldBe(i => rm[i], 1e-6);
            v.ShouldBe(i => rv[i], 1e-6);
        }
    }

    /// <summary>XPipe (arXiv 1911.04610): W − s · lr · m̂ / (√v̂ + ε).</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 7)]
    public void Prediction_goes_on_in_the_direction_of_Adam(int steps, int step)
    {
        const double rate = 0.01, beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
        double c1 = 1 - Math.Pow(beta1, step), c2 = 1 - Math.Pow(beta2, step);
        foreach (int n in new[] { 0, 1, 17, 100 })
        {
            using var p = Floats.Random(n, 1);
            using var m = Floats.Random(n, 2);
            using var v = Floats.Random(n, 3);
            for (int i = 0; i < n; i++)
                v.Span[i] *= v.Span[i];
            double[] expected = [.. Enumerable.Range(0, n).Select(i => p[i] - steps * rate * (m[i] / c1) / (Math.Sqrt(v[i] / c2) + eps))];
            AdamLoop.Predict(p.P, m.P, v.P, n, steps, rate, eps, c1, c2);
            p.ShouldBe(i => expected[i], 2e-6);
        }
    }
}
