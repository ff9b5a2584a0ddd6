using GraphPipe.Runtime.Cpu.Numerics;
using GraphPipe.Runtime.Elements;
using Xunit;

namespace GraphPipe.Tests.Numerics;

public sealed unsafe class UnaryTests
{
    private static readonly int[] Sizes = [0, 1, 15, 16, 17, 31, 32, 33, 100];

    private const double Tolerance = 3e-6;

    /// <summary>Forward against the reference at all sizes; tails must have the body's bits.</summary>
    private static void CheckValue<T>(Func<double, double> f, double low = -4, double high = 4, OpConstants constants = default)
        where T : struct, IUnary
    {
        foreach (int n in Sizes)
        {
            using var x = Floats.Random(n, n, low, high);
            using var y = new Floats(n);
            UnaryLoops.Forward<T>(constants, x.P, y.P, n);
            y.ShouldBe(i => f(x[i]), Tolerance, typeof(T).Name);
            if (n == 0) continue;
            using var lone = new Floats(1);
            UnaryLoops.Forward<T>(constants, x.P + n - 1, lone.P, 1);
            Assert.Equal(y[n - 1], lone[0]);
        }
    }

    /// <summary>And backward against its central difference.</summary>
    private static void Check<T>(Func<double, double> f, double low = -4, double high = 4, float a = 0, float b = 0, bool readsResult = false)
        where T : struct, IDifferentiable
    {
        var constants = new OpConstants(a, b);
        CheckValue<T>(f, low, high, constants);
        foreach (int n in Sizes)
        {
            using var x = Floats.Random(n, n, low, high);
            using var dy = Floats.Random(n, n + 1);
            using var y = new Floats(n);
            using var dx = new Floats(n);
            UnaryLoops.Forward<T>(constants, x.P, y.P, n);
            UnaryLoops.Backward<T>(constants, dy.P, readsResult ? y.P : x.P, dx.P, n);
            const double h = 1e-5;
            dx.ShouldBe(i => dy[i] * (f(x[i] + h) - f(x[i] - h)) / (2 * h), 2e-5, typeof(T).Name + " gradient");
        }
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double Softplus(double x) => Math.Log(1 + Math.Exp(x));

    [Fact]
    public void Arithmetic()
    {
        CheckValue<Neg>(x => -x);
        Check<Abs>(Math.Abs);
        CheckValue<Reciprocal>(x => 1 / x, 0.5, 4);
        Check<Sqrt>(Math.Sqrt, 0.1, 9, readsResult: true);
        CheckValue<Floor>(Math.Floor, 0.01, 0.99);
        CheckValue<Ceil>(Math.Ceiling, 0.01, 0.99);
        CheckValue<Round>(Math.Round, 0.51, 0.99);
        CheckValue<Sign>(x => Math.Sign(x), 0.1, 3);
        Check<Clip>(x => Math.Clamp(x, -1, 2), a: -1, b: 2);
    }

    [Fact]
    public void Transcendental()
    {
        CheckValue<Exp>(Math.Exp);
        CheckValue<Log>(Math.Log, 0.1, 9);
        Check<Tanh>(Math.Tanh, readsResult: true);
        Check<Sigmoid>(Sigmoid, readsResult: true);
        Check<Erf>(Reference.Erf);
        Check<Sin>(Math.Sin, -20, 20);
        Check<Cos>(Math.Cos, -20, 20);
    }

    [Fact]
    public void Activations()
    {
        Check<Relu>(x => Math.Max(x, 0));
        Check<LeakyRelu>(x => x > 0 ? x : 0.1f * x, a: 0.1f);
        Check<Elu>(x => x > 0 ? x : 1.3f * (Math.Exp(x) - 1), a: 1.3f);
        Check<Celu>(x => x > 0 ? x : 1.3f * (Math.Exp(x / 1.3f) - 1), a: 1.3f);
        Check<Selu>(x => 1.05f * (x > 0 ? x : 1.67f * (Math.Exp(x) - 1)), a: 1.67f, b: 1.05f);
        Check<HardSigmoid>(x => Math.Clamp(0.2f * x + 0.5, 0, 1), a: 0.2f, b: 0.5f);
        Check<HardSwish>(x => x * Math.Clamp(x + 3, 0, 6) / 6);
        Check<Softsign>(x => x / (1 + Math.Abs(x)));
        Check<Softplus>(Softplus);
        Check<Swish>(x => x * Sigmoid(1.5f * x), a: 1.5f);
        Check<Mish>(x => x * Math.Tanh(Softplus(x)));
        Check<ThresholdedRelu>(x => x > 0.7f ? x : 0, a: 0.7f);
        Check<Shrink>(x => x < -0.7f ? x + 0.3f : x > 0.7f ? x - 0.3f : 0, a: 0.3f, b: 0.7f);
        Check<Gelu>(x => 0.5 * x * (1 + Reference.Erf(x / Math.Sqrt(2))));
        Check<GeluTanh>(x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));
    }

    private static float SlopeAt<T>(float at, float a = 0, float b = 0)
        where T : struct, IDifferentiable
    {
        float dy = 1, x = at, dx;
        UnaryLoops.Backward<T>(new OpConstants(a, b), &dy, &x, &dx, 1);
        return dx;
    }

    [Fact]
    public void Slopes_at_kinks_are_PyTorchs()
    {
        Assert.Equal(0, SlopeAt<Relu>(0));
        Assert.Equal(0, SlopeAt<Abs>(0));
        Assert.Equal(0.1f, SlopeAt<LeakyRelu>(0, a: 0.1f));
        Assert.Equal(2f, SlopeAt<Elu>(0, a: 2f));
        Assert.Equal(1f, SlopeAt<Celu>(0, a: 2f));
        Assert.Equal(3f, SlopeAt<Selu>(0, a: 2f, b: 1.5f));
        Assert.Equal(1, SlopeAt<Clip>(1, a: -1, b: 1));
        Assert.Equal(1, SlopeAt<Clip>(-1, a: -1, b: 1));
        Assert.Equal(-0.5f, SlopeAt<HardSwish>(-3));
        Assert.Equal(1.5f, SlopeAt<HardSwish>(3));
        Assert.Equal(0, SlopeAt<Shrink>(0.5f, a: 0, b: 0.5f));
        Assert.Equal(0, SlopeAt<ThresholdedRelu>(1, a: 1));
        Assert.Equal(1f, SlopeAt<Softplus>(100));
    }

    [Fact]
    public void Halves_round_to_even()
    {
        using var x = Floats.Of(-2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f, 3.5f);
        using var y = new Floats(7);
        UnaryLoops.Forward<Round>(default, x.P, y.P, 7);
        Assert.Equal([-2f, -2f, -0f, 0f, 2f, 2f, 4f], y.Span.ToArray());
    }
}
