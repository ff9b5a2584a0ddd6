using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>16 floats that a function is applied to at once; see <see cref="Lanes"/> for machines without vectors of this size.</summary>
public readonly unsafe struct Floats16 : IFloats<Floats16>
{
    private readonly Vector512<float> _lanes;

    private Floats16(Vector512<float> lanes) => _lanes = lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator Floats16(Vector512<float> lanes) => new(lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator Vector512<float>(Floats16 x) => x._lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator Floats16(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 operator +(Floats16 a, Floats16 b) => new(a._lanes + b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 operator -(Floats16 a, Floats16 b) => new(a._lanes - b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 operator *(Floats16 a, Floats16 b) => new(a._lanes * b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 operator /(Floats16 a, Floats16 b) => new(a._lanes / b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 operator -(Floats16 x) => new(-x._lanes);

    /// <summary>The 16 floats at an address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Load(float* p) => new(Vector512.Load(p));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* p) => _lanes.Store(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 MultiplyAdd(Floats16 a, Floats16 b, Floats16 c) => new(Vector512.FusedMultiplyAdd(a._lanes, b._lanes, c._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Sqrt(Floats16 x) => new(Vector512.Sqrt(x._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Abs(Floats16 x) => new(Vector512.Abs(x._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 CopySign(Floats16 magnitude, Floats16 sign)
    {
        var bit = Vector512.Create(-0f);
        return new((magnitude._lanes & ~bit) | (sign._lanes & bit));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Max(Floats16 a, Floats16 b) => new(Vector512.Max(a._lanes, b._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Min(Floats16 a, Floats16 b) => new(Vector512.Min(a._lanes, b._lanes));

    // MinNative and MaxNative keep NaN only as the second operand.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Clamp(Floats16 x, float low, float high) => new(Vector512.MinNative(Vector512.Create(high), Vector512.MaxNative(Vector512.Create(low), x._lanes)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Round(Floats16 x) => new(Vector512.Round(x._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Nearest(Floats16 x) => new(Vector512.Round(x._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Floor(Floats16 x) => new(Vector512.Floor(x._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 PowerOfTwo(Floats16 n) => new(PowerOfTwo(Vector512.ConvertToInt32Native(n._lanes)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Scale(Floats16 x, Floats16 n)
    {
        var i = Vector512.ConvertToInt32Native(n._lanes);
        var half = i >> 1;
        return new(x._lanes * PowerOfTwo(half) * PowerOfTwo(i - half));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Exponent(Floats16 x) => new(Vector512.ConvertToSingle(WholeExponent(x._lanes)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Significand(Floats16 x) => new((x._lanes.AsInt32() - (WholeExponent(x._lanes) << 23)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 WhereLess(Floats16 a, Floats16 b, Floats16 yes, Floats16 no) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(a._lanes, b._lanes), yes._lanes, no._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 WhereLessOrEqual(Floats16 a, Floats16 b, Floats16 yes, Floats16 no) =>
        new(Vector512.ConditionalSelect(Vector512.LessThanOrEqual(a._lanes, b._lanes), yes._lanes, no._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 WhereGreater(Floats16 a, Floats16 b, Floats16 yes, Floats16 no) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThan(a._lanes, b._lanes), yes._lanes, no._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 WhereEqual(Floats16 a, Floats16 b, Floats16 yes, Floats16 no) =>
        new(Vector512.ConditionalSelect(Vector512.Equals(a._lanes, b._lanes), yes._lanes, no._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Pow(Floats16 x, Floats16 y) => new(VectorMath.Pow(x._lanes, y._lanes));

    public static Floats16 Remainder(Floats16 a, Floats16 b) => new(VectorMath.Remainder(a._lanes, b._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Sin(Floats16 x) => new(Vector512.Sin(x._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Cos(Floats16 x) => new(Vector512.Cos(x._lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Floats16 Tan(Floats16 x)
    {
        var (sin, cos) = Vector512.SinCos(x._lanes);
        return new(sin / cos);
    }

    /// <summary>2^i for -126 ≤ i ≤ 127, straight into the exponent field.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> PowerOfTwo(Vector512<int> i) => ((i + Vector512.Create(127)) << 23).AsSingle();

    // The bits of √½ less than those of x; what is left above the significand is the exponent.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> WholeExponent(Vector512<float> x) => (x.AsInt32() - Vector512.Create(0x3F3504F3)) >> 23;
}
