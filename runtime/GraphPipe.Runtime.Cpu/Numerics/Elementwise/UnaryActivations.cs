using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>max(x, 0); slope 0 at 0. Its output serves as well as its input for the gradient: pass either as x.</summary>
public readonly struct Relu : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        VectorMath.PositivePart(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), dy, Vector512<float>.Zero);
}

/// <summary>x above zero, alpha·x at and below.</summary>
public readonly struct LeakyRelu(float alpha) : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), x, Vector512.Create(alpha) * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), dy, Vector512.Create(alpha) * dy);
}

/// <summary>x above zero, alpha·(e^x - 1) at and below.</summary>
public readonly struct Elu(float alpha) : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), x, Vector512.Create(alpha) * VectorMath.Expm1(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), dy, dy * (Vector512.Create(alpha) * VectorMath.Exp(x)));
}

/// <summary>x above zero, alpha·(e^(x/alpha) - 1) at and below.</summary>
public readonly struct Celu(float alpha) : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), x, Vector512.Create(alpha) * VectorMath.Expm1(x / Vector512.Create(alpha)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), dy, dy * VectorMath.Exp(x / Vector512.Create(alpha)));
}

/// <summary>gamma·Elu(alpha).</summary>
public readonly struct Selu(float alpha, float gamma) : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        Vector512.Create(gamma) * Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), x, Vector512.Create(alpha) * VectorMath.Expm1(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        Vector512.Create(gamma) * Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), dy, dy * (Vector512.Create(alpha) * VectorMath.Exp(x)));
}

/// <summary>alpha·x + beta limited to [0, 1]; slope 0 from the corners on.</summary>
public readonly struct HardSigmoid(float alpha, float beta) : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        Vector512.Min(Vector512.Max(Vector512.Create(alpha) * x + Vector512.Create(beta), Vector512<float>.Zero), Vector512<float>.One);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y)
    {
        var t = Vector512.Create(alpha) * x + Vector512.Create(beta);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(t, Vector512<float>.Zero) & Vector512.LessThan(t, Vector512<float>.One), Vector512.Create(alpha) * dy, Vector512<float>.Zero);
    }
}

/// <summary>x·(x + 3 limited to [0, 6])/6; at -3 the slope is -½, at 3 it is 3/2.</summary>
public readonly struct HardSwish : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        x * Vector512.Min(Vector512.Max(x + Vector512.Create(3f), Vector512<float>.Zero), Vector512.Create(6f)) / Vector512.Create(6f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y)
    {
        var middle = dy * (x / Vector512.Create(3f) + Vector512.Create(0.5f));
        var inside = Vector512.ConditionalSelect(Vector512.LessThanOrEqual(x, Vector512.Create(3f)), middle, dy);
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(-3f)), Vector512<float>.Zero, inside);
    }
}

/// <summary>x/(1 + |x|).</summary>
public readonly struct Softsign : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        x / (Vector512<float>.One + Vector512.Abs(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y)
    {
        var d = Vector512<float>.One + Vector512.Abs(x);
        return dy / (d * d);
    }
}

/// <summary>log(1 + e^x), without a threshold.</summary>
public readonly struct Softplus : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        VectorMath.Softplus(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        dy * VectorMath.Sigmoid(x);
}

/// <summary>x·sigmoid(alpha·x); SiLU when alpha is one.</summary>
public readonly struct Swish(float alpha) : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        x * VectorMath.Sigmoid(Vector512.Create(alpha) * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y)
    {
        var s = VectorMath.Sigmoid(Vector512.Create(alpha) * x);
        return dy * (s + Vector512.Create(alpha) * x * (s * (Vector512<float>.One - s)));
    }
}

/// <summary>x·tanh(log(1 + e^x)).</summary>
public readonly struct Mish : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        x * VectorMath.Tanh(VectorMath.Softplus(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y)
    {
        var t = VectorMath.Tanh(VectorMath.Softplus(x));
        return dy * (t + x * VectorMath.Sigmoid(x) * (Vector512<float>.One - t * t));
    }
}

/// <summary>x above alpha, else 0.</summary>
public readonly struct ThresholdedRelu(float alpha) : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512.Create(alpha)), x, Vector512<float>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512.Create(alpha)), dy, Vector512<float>.Zero);
}

/// <summary>x + bias below -lambd, x - bias above lambd, else 0.</summary>
public readonly struct Shrink(float bias, float lambd) : IUnary
{
    public static GradientReads Reads => GradientReads.Input;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(-lambd)), x + Vector512.Create(bias), Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512.Create(lambd)), x - Vector512.Create(bias), Vector512<float>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Gradient(Vector512<float> dy, Vector512<float> x, Vector512<float> y) =>
        Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(-lambd)) | Vector512.GreaterThan(x, Vector512.Create(lambd)), dy, Vector512<float>.Zero);
}
