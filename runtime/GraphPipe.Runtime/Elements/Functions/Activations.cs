using System.Runtime.CompilerServices;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Elements;

/// <summary>max(x, 0); the gradient reads the result.</summary>
[Kernel("Relu")]
[Kernel("grad.Relu")]
public readonly struct Relu : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => FloatMath.PositivePart(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => T.WhereGreater(v, 0f, dy, 0f);
}

/// <summary>x above zero, alpha·x at and below.</summary>
[Kernel("LeakyRelu")]
[Kernel("grad.LeakyRelu")]
public readonly struct LeakyRelu : IUnary
{
    public static OpConstants Constants(Attributes attributes) => new(attributes.Float("alpha", 0.01f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.WhereGreater(x, 0f, x, c.A * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => T.WhereGreater(v, 0f, dy, c.A * dy);
}

/// <summary>x above alpha, else 0.</summary>
[Kernel("ThresholdedRelu")]
[Kernel("grad.ThresholdedRelu")]
public readonly struct ThresholdedRelu : IUnary
{
    public static OpConstants Constants(Attributes attributes) => new(attributes.Float("alpha", 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.WhereGreater(x, c.A, x, 0f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => T.WhereGreater(v, c.A, dy, 0f);
}

/// <summary>x above zero, alpha·(e^x - 1) at and below.</summary>
[Kernel("Elu")]
[Kernel("grad.Elu")]
public readonly struct Elu : IUnary
{
    public static OpConstants Constants(Attributes attributes) => new(attributes.Float("alpha", 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.WhereGreater(x, 0f, x, c.A * FloatMath.Expm1(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => T.WhereGreater(v, 0f, dy, dy * (c.A * FloatMath.Exp(v)));
}

/// <summary>x above zero, alpha·(e^(x/alpha) - 1) at and below.</summary>
[Kernel("Celu")]
[Kernel("grad.Celu")]
public readonly struct Celu : IUnary
{
    public static OpConstants Constants(Attributes attributes) => new(attributes.Float("alpha", 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.WhereGreater(x, 0f, x, c.A * FloatMath.Expm1(x / c.A));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => T.WhereGreater(v, 0f, dy, dy * FloatMath.Exp(v / c.A));
}

/// <summary>gamma times x above zero, gamma·alpha·(e^x - 1) at and below.</summary>
[Kernel("Selu")]
[Kernel("grad.Selu")]
public readonly struct Selu : IUnary
{
    public static OpConstants Constants(Attributes attributes) => new(attributes.Float("alpha", 1.67326319217681884765625f), attributes.Float("gamma", 1.05070102214813232421875f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => c.B * T.WhereGreater(x, 0f, x, c.A * FloatMath.Expm1(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => c.B * T.WhereGreater(v, 0f, dy, dy * (c.A * FloatMath.Exp(v)));
}

/// <summary>x limited to [min, max], an absent bound is open; slope 1 at the bounds.</summary>
[Kernel("Clip")]
[Kernel("grad.Clip")]
public readonly struct Clip : IUnary
{
    public static OpConstants Constants(Attributes attributes) => new(attributes.Float("min", float.NegativeInfinity), attributes.Float("max", float.PositiveInfinity));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.Min(T.Max(x, c.A), c.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => T.WhereLess(v, c.A, 0f, T.WhereLessOrEqual(v, c.B, dy, 0f));
}

/// <summary>x + bias below -lambd, x - bias above lambd, else 0.</summary>
[Kernel("Shrink")]
[Kernel("grad.Shrink")]
public readonly struct Shrink : IUnary
{
    public static OpConstants Constants(Attributes attributes) => new(attributes.Float("bias", 0), attributes.Float("lambd", 0.5f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x, OpConstants c)
        where T : struct, IFloats<T> => T.WhereLess(x, -c.B, x + c.A, T.WhereGreater(x, c.B, x - c.A, 0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T dy, T v, OpConstants c)
        where T : struct, IFloats<T> => T.WhereLess(v, -c.B, dy, T.WhereGreater(v, c.B, dy, 0f));
}
