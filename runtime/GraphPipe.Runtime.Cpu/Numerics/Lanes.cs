using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>
/// Loads, stores and horizontal folds of 16 floats. Every loop runs its tail through a padded vector, so that an element's bits do not
/// depend on where in a buffer it lies.
/// </summary>
/// <remarks>
/// The loops are written once over <see cref="Vector512{T}"/>. Where the machine has no 512-bit vectors, .NET runs each of these as
/// two 256-bit instructions, lane for lane the same operations, so the results are the same bits on such a machine.
/// </remarks>
public static unsafe class Lanes
{
    /// <summary>Floats in a vector.</summary>
    public const int Count = 16;

    /// <summary>The first <paramref name="count"/> (0 to 16) floats at <paramref name="p"/>, the rest filled with <paramref name="fill"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadTail(float* p, int count, float fill = 0f)
    {
        if (Avx512F.IsSupported) return Avx512F.MaskLoad(p, Mask(count), Vector512.Create(fill));
        return LoadTailSlow(p, count, fill);
    }

    /// <summary>Stores the first <paramref name="count"/> (0 to 16) lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreTail(float* p, Vector512<float> v, int count)
    {
        if (Avx512F.IsSupported) Avx512F.MaskStore(p, Mask(count), v);
        else StoreTailSlow(p, v, count);
    }

    /// <summary>16 floats, or the first <paramref name="count"/> with zeros behind where fewer are left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* p, long count) => count >= Count ? Vector512.Load(p) : LoadTail(p, (int)count);

    /// <summary>Stores 16 floats, or the first <paramref name="count"/> where fewer are left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* p, Vector512<float> v, long count)
    {
        if (count >= Count) v.Store(p);
        else StoreTail(p, v, (int)count);
    }

    /// <summary>All bits set in the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Mask(int count) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();

    /// <summary>Sum of the lanes: halves folded onto each other, 16 → 8 → 4 → 2 → 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> v)
    {
        var a = v.GetLower() + v.GetUpper();
        var b = a.GetLower() + a.GetUpper();
        return (b.GetElement(0) + b.GetElement(2)) + (b.GetElement(1) + b.GetElement(3));
    }

    /// <summary>Largest lane; NaN if a lane is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector512<float> v)
    {
        var a = Vector256.Max(v.GetLower(), v.GetUpper());
        var b = Vector128.Max(a.GetLower(), a.GetUpper());
        return MathF.Max(MathF.Max(b.GetElement(0), b.GetElement(2)), MathF.Max(b.GetElement(1), b.GetElement(3)));
    }

    /// <summary>Smallest lane; NaN if a lane is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Min(Vector512<float> v)
    {
        var a = Vector256.Min(v.GetLower(), v.GetUpper());
        var b = Vector128.Min(a.GetLower(), a.GetUpper());
        return MathF.Min(MathF.Min(b.GetElement(0), b.GetElement(2)), MathF.Min(b.GetElement(1), b.GetElement(3)));
    }

    /// <summary>Product of the lanes, folded as <see cref="Sum"/> folds.</summary>
    public static float Product(Vector512<float> v)
    {
        var a = v.GetLower() * v.GetUpper();
        var b = a.GetLower() * a.GetUpper();
        return (b.GetElement(0) * b.GetElement(2)) * (b.GetElement(1) * b.GetElement(3));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> LoadTailSlow(float* p, int count, float fill)
    {
        var v = Vector512.Create(fill);
        for (int i = 0; i < count; i++) ((float*)&v)[i] = p[i];
        return v;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StoreTailSlow(float* p, Vector512<float> v, int count)
    {
        for (int i = 0; i < count; i++) p[i] = ((float*)&v)[i];
    }
}
