using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>A float of 16 bits, 16 of them at a time; each in the lower half of its lane.</summary>
internal interface IHalfFormat
{
    /// <summary>As f32, exact.</summary>
    static abstract Vector512<float> Widen(Vector512<uint> bits);

    /// <summary>Rounded to the nearest, halves to even; the upper half of a lane is zero. NaN becomes the quiet one of its sign.</summary>
    static abstract Vector512<uint> Round(Vector512<float> value);
}

/// <summary>bf16: the upper half of an f32.</summary>
internal readonly struct BFloat16Format : IHalfFormat
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(Vector512<uint> bits) => (bits << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Round(Vector512<float> value)
    {
        var bits = value.AsUInt32();
        var upper = bits >> 16;
        var rounded = (bits + Vector512.Create(0x7FFFu) + (upper & Vector512.Create(1u))) >> 16;
        var nan = (upper & Vector512.Create(0x8000u)) | Vector512.Create(0x7FC0u);
        return Vector512.ConditionalSelect(Vector512.Equals(value, value).AsUInt32(), rounded, nan);
    }
}

/// <summary>IEEE 754 binary16, by scaling: after Dukhan's FP16 library (github.com/Maratyszcza/FP16, fp16.h), which needs no instructions for halves.</summary>
internal readonly struct Float16Format : IHalfFormat
{
    // 2^112, the distance of the exponents' biases, and 2^-110.
    private const uint Up = 0x77800000, Down = 0x08800000;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(Vector512<uint> bits)
    {
        var magnitude = (bits & Vector512.Create(0x7FFFu)) << 13;
        var scaled = (magnitude.AsSingle() * Vector512.Create(Up).AsSingle()).AsUInt32();
        var endless = Vector512.GreaterThanOrEqual(magnitude.AsInt32(), Vector512.Create(0x7C00 << 13)).AsUInt32() & Vector512.Create(0x7F800000u);
        return (scaled | endless | ((bits & Vector512.Create(0x8000u)) << 16)).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Round(Vector512<float> value)
    {
        var bits = value.AsUInt32();
        var sign = (bits >> 16) & Vector512.Create(0x8000u);
        // What is too large becomes infinity on the way up.
        var scaled = Vector512.Abs(value) * Vector512.Create(Up).AsSingle() * Vector512.Create(Down).AsSingle();
        // Adding a power of two whose last place is the half's step rounds to it; below the normal numbers the step stays.
        var exponent = Vector512.Max(bits & Vector512.Create(0x7F800000u), Vector512.Create(0x38800000u));
        var sum = ((exponent + Vector512.Create(0x07800000u)).AsSingle() + scaled).AsUInt32();
        var rounded = ((sum >> 13) & Vector512.Create(0x7C00u)) + (sum & Vector512.Create(0xFFFu));
        return sign | Vector512.ConditionalSelect(Vector512.Equals(value, value).AsUInt32(), rounded, Vector512.Create(0x7E00u));
    }
}
