using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

// Arc functions, after Cephes (Moshier): a polynomial near zero, reflected and shifted elsewhere.
public static partial class VectorMath
{
    /// <summary>Arc tangent; within 2 ulp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Atan(Vector512<float> x)
    {
        var one = Vector512<float>.One;
        var a = Vector512.Abs(x);
        var far = Vector512.GreaterThan(a, Vector512.Create(2.414213562373095f));
        var middle = Vector512.GreaterThan(a, Vector512.Create(0.4142135623730950f)) & ~far;
        var t = Vector512.ConditionalSelect(far, -one / a, Vector512.ConditionalSelect(middle, (a - one) / (a + one), a));
        var shift = Vector512.ConditionalSelect(
            far, Vector512.Create(1.57079632679489662f), Vector512.ConditionalSelect(middle, Vector512.Create(0.785398163397448310f), Vector512<float>.Zero));
        var z = t * t;
        var p = Vector512.Create(8.05374449538e-2f) * z - Vector512.Create(1.38776856032e-1f);
        p = p * z + Vector512.Create(1.99777106478e-1f);
        p = p * z - Vector512.Create(3.33329491539e-1f);
        return CopySign(shift + (p * z * t + t), x);
    }

    /// <summary>Arc sine; within 2 ulp, NaN outside [-1, 1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Asin(Vector512<float> x)
    {
        var a = Vector512.Abs(x);
        var outer = Vector512.GreaterThan(a, Vector512.Create(0.5f));
        var half = Vector512.Create(0.5f) * (Vector512<float>.One - a);
        var near = AsinNearZero(Vector512.ConditionalSelect(outer, Vector512.Sqrt(half), a), Vector512.ConditionalSelect(outer, half, a * a));
        return CopySign(Vector512.ConditionalSelect(outer, Vector512.Create(1.57079632679489662f) - (near + near), near), x);
    }

    /// <summary>Arc cosine; within 2 ulp, NaN outside [-1, 1].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Acos(Vector512<float> x)
    {
        var a = Vector512.Abs(x);
        var outer = Vector512.GreaterThan(a, Vector512.Create(0.5f));
        var half = Vector512.Create(0.5f) * (Vector512<float>.One - a);
        var near = AsinNearZero(Vector512.ConditionalSelect(outer, Vector512.Sqrt(half), a), Vector512.ConditionalSelect(outer, half, a * a));
        var twice = near + near;
        var ends = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), Vector512.Create(3.14159265358979324f) - twice, twice);
        return Vector512.ConditionalSelect(outer, ends, Vector512.Create(1.57079632679489662f) - CopySign(near, x));
    }

    /// <summary>Arc sine of |t| ≤ ½, given z = t².</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> AsinNearZero(Vector512<float> t, Vector512<float> z)
    {
        var p = Vector512.Create(4.2163199048e-2f) * z + Vector512.Create(2.4181311049e-2f);
        p = p * z + Vector512.Create(4.5470025998e-2f);
        p = p * z + Vector512.Create(7.4953002686e-2f);
        p = p * z + Vector512.Create(1.6666752422e-1f);
        return p * z * t + t;
    }
}
