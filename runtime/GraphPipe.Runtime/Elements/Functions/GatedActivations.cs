using System.Runtime.CompilerServices;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Elements;

/// <summary>alpha·x + beta limited to [0, 1]; slope 0 from the corners on.</summary>
[Kernel("HardSigmoid")]
[Kernel("grad.HardSigmoid")]
public readonly struct HardSigmoid : IUnary
{
    public static OpConstants Constants(Attributes attributes) => new(attributes.Float("alpha", 0.2f), attributes.Float("beta", 0.5f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Clamp(c.A * x + c.B, 0f, 1f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T>
    {
        var t = c.A * v + c.B;
        return T.WhereGreater(t, 0f, T.WhereLess(t, 1f, c.A * dy, 0f), 0f);
    }
}

/// <summary>x·(x + 3 limited to [0, 6])/6; slope -½ at -3, 3/2 at 3.</summary>
[Kernel("HardSwish")]
[Kernel("grad.HardSwish")]
public readonly struct HardSwish : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => x * T.Clamp(x + 3f, 0f, 6f) / 6f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => T.WhereLess(v, -3f, 0f, T.WhereLessOrEqual(v, 3f, dy * (v / 3f + 0.5f), dy));
}

/// <summary>x·sigmoid(alpha·x); SiLU when alpha is one.</summary>
[Kernel("Swish")]
[Kernel("grad.Swish")]
public readonly struct Swish : IUnary
{
    public static OpConstants Constants(Attributes attributes) => new(attributes.Float("alpha", 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => x * FloatMath.Sigmoid(c.A * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T>
    {
        var s = FloatMath.Sigmoid(c.A * v);
        return dy * (s + c.A * v * (s * (1f - s)));
    }
}

/// <summary>x/(1 + |x|).</summary>
[Kernel("Softsign")]
[Kernel("grad.Softsign")]
public readonly struct Softsign : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => x / (1f + T.Abs(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T>
    {
        var d = 1f + T.Abs(v);
        return dy / (d * d);
    }
}

/// <summary>log(1 + e^x), without a threshold.</summary>
[Kernel("Softplus")]
[Kernel("grad.Softplus")]
public readonly struct Softplus : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.Softplus(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => dy * FloatMath.Sigmoid(v);
}

/// <summary>x·tanh(log(1 + e^x)).</summary>
[Kernel("Mish")]
[Kernel("grad.Mish")]
public readonly struct Mish : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => x * FloatMath.Tanh(FloatMath.Softplus(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T>
    {
        var t = FloatMath.Tanh(FloatMath.Softplus(v));
        return dy * (t + v * FloatMath.Sigmoid(v) * (1f - t * t));
    }
}
