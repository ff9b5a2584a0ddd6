using GraphPipe.Bundle;
using static GraphPipe.Tests.Cuda.Runtime.KernelCase;

namespace GraphPipe.Tests.Cuda.Runtime;

// Functions that have their own range, and casts.
internal static partial class KernelCases
{
    private static IEnumerable<KernelCase> Functions()
    {
        // Sine, cosine and tangent are each device's own.
        float[] special = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, -0f, 1e-40f, 88.8f, -1.0001f, 3e38f, 2e9f, -1f];
        foreach (var (name, bound, low, high) in ((string, double, float, float)[])[
            ("Sin", Function, -9, 9), ("Cos", Function, -9, 9), ("Tan", Function, -1.5f, 1.5f), ("Asin", Same, -1, 1), ("Acos", Same, -1, 1), ("Atan", Same, -9, 9),
            ("Sinh", Same, -9, 9), ("Cosh", Same, -9, 9), ("Asinh", Same, -9, 9), ("Acosh", Same, 1, 9), ("Atanh", Same, -1, 1)])
        {
            // The slopes of arc functions have poles at the ends of their range.
            float inset = name is "Asin" or "Acos" or "Acosh" or "Atanh" ? 0.01f : 0;
            yield return Case(name, bound, [Numbers([7, 101], 1, low, high)], "f32[7,101]");
            yield return Case(name, bound, [Numbers([0, 3])], "f32[0,3]");
            yield return Case($"grad.{name}", bound, [Numbers([7, 101], 2), Numbers([7, 101], 3, low + inset, high - inset)], "f32[7,101]");
            if (name == "Tan")
                continue;
            yield return Case(name, bound, [TensorData.Floats([special.Length], special)], $"f32[{special.Length}]");
            yield return Case($"grad.{name}", bound, [Numbers([special.Length], 2), TensorData.Floats([special.Length], special)], $"f32[{special.Length}]");
        }

        yield return Case("PRelu", Same, [Numbers([2, 3, 5], 1), Numbers([3, 1], 2)], "f32[2,3,5]");
        yield return Case("grad.PReluX", Same, [Numbers([2, 3, 5], 3), Numbers([2, 3, 5], 1), Numbers([3, 1], 2)], "f32[2,3,5]");
        yield return Case("grad.PReluSlope", Same, [Numbers([2, 3, 5], 3), Numbers([2, 3, 5], 1)], "f32[2,3,5]");
        yield return Case("Mod", Same, [Numbers([5, 1, 33], 1, -50, 50), Numbers([4, 33], 2, 0.3f, 7)], "f32[5,4,33]", ("fmod", 1L));
        float[] dividends = [1e38f, -1e38f, 3e-39f, 5f, 5f, float.NaN, float.PositiveInfinity, 6f, -6f], divisors = [1e-38f, 7e-40f, 1e-45f, 0f, float.PositiveInfinity, 1f, 1f, 3f, 3f];
        yield return Case("Mod", Same, [TensorData.Floats([dividends.Length], dividends), TensorData.Floats([divisors.Length], divisors)], $"f32[{dividends.Length}]", ("fmod", 1L));
        foreach (long fmod in (long[])[0, 1])
            yield return Case("Mod", Same, [Whole([7, 1], 1), Whole([9], 2)], "i64[7,9]", ("fmod", fmod));
    }

    private static IEnumerable<KernelCase> Casts()
    {
        string[] types = ["f32", "f64", "f16", "bf16", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "bool"];
        double[] values = [0, -0.0, 0.4, -0.6, 1, -1, 2.5, 126.9, 128, -129, 255, 256, 300.7, 32767, -32769, 65519, 65520, 70000, 1e5, -3e9, 3e9, 5e9, 1e19, -1e19, 2e19, 1e-5, 5e-8, 1e-40];
        foreach (string to in types)
        {
            yield return Case("Cast", Same, [TensorData.Floats([values.Length], [.. values.Select(v => (float)v)])], $"{to}[{values.Length}]");
            yield return Case("Cast", Same, [TensorData.Of<double>(DType.F64, [values.Length], values)], $"{to}[{values.Length}]");
            yield return Case("Cast", Same, [TensorData.Floats([3], float.NaN, float.PositiveInfinity, float.NegativeInfinity)], $"{to}[3]");
            yield return Case("Cast", Same, [TensorData.Of<Half>(DType.F16, [values.Length + 1], [.. values.Select(v => (Half)v), Half.NaN])], $"{to}[{values.Length + 1}]");
            yield return Case("Cast", Same, [TensorData.Of<BFloat16>(DType.BF16, [values.Length + 1], [.. values.Select(BFloat16.Of), BFloat16.Of(double.NaN)])], $"{to}[{values.Length + 1}]");
            yield return Case("Cast", Same, [TensorData.Of<sbyte>(DType.I8, [5], [0, 1, -1, 127, -128])], $"{to}[5]");
            yield return Case("Cast", Same, [TensorData.Of<byte>(DType.U8, [4], [0, 1, 127, 255])], $"{to}[4]");
            yield return Case("Cast", Same, [TensorData.Of<short>(DType.I16, [5], [0, 1, -1, 32767, -32768])], $"{to}[5]");
            yield return Case("Cast", Same, [TensorData.Of<ushort>(DType.U16, [4], [0, 1, 32768, 65535])], $"{to}[4]");
            yield return Case("Cast", Same, [TensorData.Of<int>(DType.I32, [6], [0, 1, -1, 300, int.MaxValue, int.MinValue])], $"{to}[6]");
            yield return Case("Cast", Same, [TensorData.Of<uint>(DType.U32, [5], [0, 1, 1u << 31, (1u << 24) + 1, uint.MaxValue])], $"{to}[5]");
            yield return Case("Cast", Same, [TensorData.Longs([9], 0, 1, -1, 70000, (1L << 53) + 1, (1L << 32) + 5, (1L << 60) + (1L << 52) + 1, long.MaxValue, long.MinValue)], $"{to}[9]");
            yield return Case("Cast", Same, [TensorData.Of<ulong>(DType.U64, [6], [0, 1, 1UL << 63, (1UL << 63) + 1025, (1UL << 53) + 1, ulong.MaxValue])], $"{to}[6]");
        }

        // Every half, and what lies around the middle between it and the next: what f32 can say beside it, and what only f64 can.
        foreach (string half in (string[])["f16", "bf16"])
        {
            var all = EveryHalf(half);
            yield return Case("Cast", Same, [all], $"f32[{all.Count}]");
            yield return Case("Cast", Same, [all], $"f64[{all.Count}]");
            double[] middles = [.. Enumerable.Range(0, 32767).Select(i => (all.DoubleAt(i) + all.DoubleAt(i + 1)) / 2).Where(double.IsFinite)];
            foreach (var beside in (Func<float, float>[])[v => v, MathF.BitIncrement, MathF.BitDecrement])
                yield return Case("Cast", Same, [TensorData.Floats([middles.Length], [.. middles.Select(m => beside((float)m))])], $"{half}[{middles.Length}]");
            foreach (var beside in (Func<double, double>[])[v => v, Math.BitIncrement, Math.BitDecrement])
                yield return Case("Cast", Same, [TensorData.Of<double>(DType.F64, [middles.Length], [.. middles.Select(beside)])], $"{half}[{middles.Length}]");
        }
    }

    private static TensorData EveryHalf(string type) =>
        TensorData.Of<ushort>(type == "f16" ? DType.F16 : DType.BF16, [65536], [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)]);
}
