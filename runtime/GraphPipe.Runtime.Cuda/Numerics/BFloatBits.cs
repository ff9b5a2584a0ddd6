using ILGPU;

namespace GraphPipe.Runtime.Cuda.Numerics;

/// <summary>bf16, the upper half of an f32, as its bits, in code that runs on the GPU: the operations of the CPU's <see cref="Bundle.BFloat16"/>, whose comments say why.</summary>
internal readonly struct BFloatBits : IStoredFloat<short>
{
    public static float ToSingle(short stored) => Interop.IntAsFloat((uint)stored << 16);

    public static short Of(float x)
    {
        uint bits = Interop.FloatAsInt(x);
        if (!(Interop.IntAsFloat(bits & 0x7FFFFFFFU) <= float.PositiveInfinity))
            return (short)((int)((bits >> 16) & 0x8000U) | 0x7FC0);
        return (short)((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
    }

    public static short Of(double x)
    {
        float single = (float)x;
        uint bits = Interop.FloatAsInt(single);
        double magnitude = Magnitude(x), rounded = Magnitude(single);
        if (rounded == magnitude || !(magnitude <= double.PositiveInfinity))
            return Of(single);
        return Of(Interop.IntAsFloat((rounded > magnitude ? bits - 1U : bits) | 1U));
    }

    public static short Of(ulong x) => Of(x >> 32 == 0 ? (double)x : (double)((x >> 16) | ((x & 0xFFFF) != 0 ? 1UL : 0UL)) * 65536.0);

    public static short Of(long x) => x >= 0 ? Of((ulong)x) : (short)((ushort)Of((ulong)-x) | 0x8000);

    private static double Magnitude(double x) => Interop.IntAsFloat(Interop.FloatAsInt(x) & 0x7FFFFFFFFFFFFFFFUL);
}
