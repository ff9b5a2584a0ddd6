using System.Runtime.CompilerServices;
using GraphPipe.Runtime.Elements;
using ILGPU;

namespace GraphPipe.Runtime.Cuda.Numerics;

/// <summary>The float of a thread, to which functions of elements are applied on the GPU.</summary>
public readonly struct OneFloat : IFloats<OneFloat>
{
    private readonly float _value;

    private OneFloat(float value) => _value = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator OneFloat(float value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator float(OneFloat x) => x._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat operator +(OneFloat a, OneFloat b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat operator -(OneFloat a, OneFloat b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat operator *(OneFloat a, OneFloat b) => new(a._value * b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat operator /(OneFloat a, OneFloat b) => new(a._value / b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat operator -(OneFloat x) => new(-x._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat MultiplyAdd(OneFloat a, OneFloat b, OneFloat c) => new(DeviceMath.MultiplyAdd(a._value, b._value, c._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat Sqrt(OneFloat x) => new(MathF.Sqrt(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat Abs(OneFloat x) => new(DeviceMath.Abs(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat CopySign(OneFloat magnitude, OneFloat sign) => new(DeviceMath.CopySign(magnitude._value, sign._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat Max(OneFloat a, OneFloat b) => new(DeviceMath.Max(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat Min(OneFloat a, OneFloat b) => new(DeviceMath.Min(a._value, b._value));

    // Compared this way round, NaN stays.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat Clamp(OneFloat x, float low, float high)
    {
        float above = x._value < low ? low : x._value;
        return new(above > high ? high : above);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat Round(OneFloat x) => new(DeviceMath.Round(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat Nearest(OneFloat x) => new(DeviceMath.Nearest(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat Floor(OneFloat x) => new(DeviceMath.Floor(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat PowerOfTwo(OneFloat n) => new(DeviceMath.PowerOfTwo((int)n._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat Scale(OneFloat x, OneFloat n)
    {
        int i = (int)n._value, half = i >> 1;
        return new(x._value * DeviceMath.PowerOfTwo(half) * DeviceMath.PowerOfTwo(i - half));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat Exponent(OneFloat x) => new(WholeExponent(x._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat Significand(OneFloat x) => new(Interop.IntAsFloat((uint)((int)Interop.FloatAsInt(x._value) - (WholeExponent(x._value) << 23))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat WhereLess(OneFloat a, OneFloat b, OneFloat yes, OneFloat no) => new(a._value < b._value ? yes._value : no._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat WhereLessOrEqual(OneFloat a, OneFloat b, OneFloat yes, OneFloat no) => new(a._value <= b._value ? yes._value : no._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat WhereGreater(OneFloat a, OneFloat b, OneFloat yes, OneFloat no) => new(a._value > b._value ? yes._value : no._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneFloat WhereEqual(OneFloat a, OneFloat b, OneFloat yes, OneFloat no) => new(a._value == b._value ? yes._value : no._value);

    public static OneFloat Pow(OneFloat x, OneFloat y) => new(DeviceMath.Pow(x._value, y._value));

    public static OneFloat Remainder(OneFloat a, OneFloat b) => new(DeviceMath.Remainder(a._value, b._value));

    public static OneFloat Sin(OneFloat x) => new(DeviceTrigonometry.Sin(x._value));

    public static OneFloat Cos(OneFloat x) => new(DeviceTrigonometry.Cos(x._value));

    public static OneFloat Tan(OneFloat x) => new(DeviceTrigonometry.Tan(x._value));

    // The bits of √½ less than those of x; what is left above the significand is the exponent.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WholeExponent(float x) => ((int)Interop.FloatAsInt(x) - 0x3F3504F3) >> 23;
}
