using GraphPipe.Runtime.Cpu.Numerics;
using Xunit;

namespace GraphPipe.Tests.Numerics;

public sealed unsafe class UnaryTests
{
    private static readonly int[] Sizes = [0, 1, 15, 16, 17, 31, 32, 33, 100];

    /// <summary>Forward against the reference, backward against its central difference, at all sizes; tails must have the body's bits.</summary>
    private static void Check<T>(T op, Func<double, double> f, double low = -4, double high = 4, double tolerance = 3e-6)
        where T : struct, IUnary
    {
        foreach (int n in Sizes)
        {
            using var x = Floats.Random(n, n, low, high);
            using var dy = Floats.Random(n, n + 1);
            using var y = new Floats(n);
            using var dx = new Floats(n);
            UnaryLoops.Forward(op, x.P, y.P, n);
            y.ShouldBe(i => f(x[i]), tolerance, typeof(T).Name);
            UnaryLoops.Backward(op, dy.P, (T.Reads & GradientReads.Input) != 0 ? x.P : null, (T.Reads & GradientReads.Output) != 0 ? y.P : null, dx.P, n);
            const double h = 1e-5;
            dx.ShouldBe(i => dy[i] * (f(x[i] + h) - f(x[i] - h)) / (2 * h), Math.Max(tolerance, 2e-5), typeof(T).Name + " gradient");
            if (n == 0) continue;
            using var lone = new Floats(1);
            UnaryLoops.Forward(op, x.P + n - 1, lone.P, 1);
            Assert.Equal(y[n - 1], lone[0]);
        }
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double Softplus(double x) => Math.Log(1 + Math.Exp(x));

    [Fact]
    public void Arithmetic()
    {
        Check(default(Neg), x => -x);
        Check(default(Abs), Math.Abs);
        Check(default(Reciprocal), x => 1 / x, 0.5, 4);
        Check(default(Sqrt), Math.Sqrt, 0.1, 9);
        Check(default(Floor), Math.Floor, 0.01, 0.99);
        Check(default(Ceil), Math.Ceiling, 0.01, 0.99);
        Check(default(Round), Math.Round, 0.51, 0.99);
        Check(default(Sign), x => Math.Sign(x), 0.1, 3);
        Check(new Clip(-1, 2), x => Math.Clamp(x, -1, 2));
    }

    [Fact]
    public void Transcendental()
    {
        Check(default(Exp), Math.Exp);
        Check(default(Log), Math.Log, 0.1, 9);
        Check(default(Tanh), Math.Tanh);
        Check(default(Sigmoid), Sigmoid);
        Check(default(Erf), Reference.Erf);
        Check(default(Sin), Math.Sin, -20, 20);
        Check(default(Cos), Math.Cos, -20, 20);
    }

    [Fact]
    public void Activations()
    {
        Check(default(Relu), x => Math.Max(x, 0));
        Check(new LeakyRelu(0.1f), x => x > 0 ? x : 0.1f * x);
        Check(new Elu(1.3f), x => x > 0 ? x : 1.3f * (Math.Exp(x) - 1));
        Check(new Celu(1.3f), x => x > 0 ? x : 1.3f * (Math.Exp(x / 1.3f) - 1));
        Check(new Selu(1.67f, 1.05f), x => 1.05f * (x > 0 ? x : 1.67f * (Math.Exp(x) - 1)));
        Check(new HardSigmoid(0.2f, 0.5f), x => Math.Clamp(0.2f * x + 0.5, 0, 1));
        Check(default(HardSwish), x => x * Math.Clamp(x + 3, 0, 6) / 6);
        Check(default(Softsign), x => x / (1 + Math.Abs(x)));
        Check(default(Softplus), Softplus);
        Check(new Swish(1.5f), x => x * Sigmoid(1.5f * x));
        Check(default(Mish), x => x * Math.Tanh(Softplus(x)));
        Check(new ThresholdedRelu(0.7f), x => x > 0.7f ? x : 0);
        Check(new Shrink(0.3f, 0.7f), x => x < -0.7f ? x + 0.3f : x > 0.7f ? x - 0.3f : 0);
        Check(default(Gelu), x => 0.5 * x * (1 + Reference.Erf(x / Math.Sqrt(2))));
        Check(default(GeluTanh), x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));
    }

    private static float SlopeAt<T>(T op, float at)
        where T : struct, IUnary
    {
        float dy = 1, x = at, y, dx;
        UnaryLoops.Forward(op, &x, &y, 1);
        UnaryLoops.Backward(op, &dy, &x, &y, &dx, 1);
        return dx;
    }

    [Fact]
    public void Slopes_at_kinks_are_PyTorchs()
    {
        Assert.Equal(0, SlopeAt(default(Relu), 0));
        Assert.Equal(0, SlopeAt(default(Abs), 0));
        Assert.Equal(0, SlopeAt(default(Sign), 0));
        Assert.Equal(0.1f, SlopeAt(new LeakyRelu(0.1f), 0));
        Assert.Equal(2f, SlopeAt(new Elu(2f), 0));
        Assert.Equal(1f, SlopeAt(new Celu(2f), 0));
        Assert.Equal(3f, SlopeAt(new Selu(2f, 1.5f), 0));
        Assert.Equal(1, SlopeAt(new Clip(-1, 1), 1));
        Assert.Equal(1, SlopeAt(new Clip(-1, 1), -1));
        Assert.Equal(-0.5f, SlopeAt(default(HardSwish), -3));
        Assert.Equal(1.5f, SlopeAt(default(HardSwish), 3));
        Assert.Equal(0, SlopeAt(new Shrink(0, 0.5f), 0.5f));
        Assert.Equal(0, SlopeAt(new ThresholdedRelu(1), 1));
        Assert.Equal(1f, SlopeAt(default(Softplus), 100));
    }

    [Fact]
    public void Halves_round_to_even()
    {
        using var x = Floats.Of(-2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f, 3.5f);
        using var y = new Floats(7);
        UnaryLoops.Forward(default(Round), x.P, y.P, 7);
        Assert.Equal([-2f, -2f, -0f, 0f, 2f, 2f, 4f], y.Span.ToArray());
    }
}
