using GraphPipe.MockCuda.Execution;
using GraphPipe.MockCuda.Execution.Lanes;

namespace GraphPipe.Tests.Cuda.Interpreter;

/// <summary>Floats and conversions: against bits from the IEEE definitions, and against .NET's own conversions where those are exact.</summary>
public class FloatTests
{
    private static ulong F(float x) => BitConverter.SingleToUInt32Bits(x);

    private static ulong H(float x) => BitConverter.HalfToUInt16Bits((Half)x);

    private static ulong D(double x) => BitConverter.DoubleToUInt64Bits(x);

    [Theory]
    [InlineData("add.f32 $d, $a, $b;", 0.1f, 0.2f, 0.1f + 0.2f)]
    [InlineData("sub.rn.f32 $d, $a, $b;", 1f, 0.25f, 0.75f)]
    [InlineData("mul.sat.f32 $d, $a, $b;", 3f, 4f, 1f)]
    [InlineData("mul.sat.f32 $d, $a, $b;", -3f, 4f, 0f)]
    [InlineData("mul.ftz.f32 $d, $a, $b;", 1e-40f, 1e20f, 0f)]
    [InlineData("div.rn.f32 $d, $a, $b;", 1f, 3f, 1f / 3f)]
    [InlineData("div.approx.ftz.f32 $d, $a, $b;", 1f, 4f, 0.25f)]
    [InlineData("min.f32 $d, $a, $b;", float.NaN, 4f, 4f)]
    [InlineData("min.NaN.f32 $d, $a, $b;", float.NaN, 4f, float.NaN)]
    [InlineData("max.f32 $d, $a, $b;", -0f, 0f, 0f)]
    [InlineData("copysign.f32 $d, $a, $b;", -1f, 7f, -7f)]
    public void Single(string instruction, float a, float b, float expected)
    {
        float actual = BitConverter.UInt32BitsToSingle((uint)PtxMachine.Evaluate(instruction, "f32", ("f32", F(a)), ("f32", F(b))));
        Assert.Equal(expected, actual);
        Assert.True(float.IsNaN(expected) || float.IsNegative(expected) == float.IsNegative(actual));
    }

    [Theory]
    [InlineData("ex2.approx.f32 $d, $a;", 3f, 8f)]
    [InlineData("lg2.approx.f32 $d, $a;", 8f, 3f)]
    [InlineData("sqrt.rn.f32 $d, $a;", 2f, 1.41421354f)]
    [InlineData("rsqrt.approx.f32 $d, $a;", 4f, 0.5f)]
    [InlineData("rcp.rn.f32 $d, $a;", 8f, 0.125f)]
    [InlineData("sin.approx.f32 $d, $a;", 1f, 0.841470985f)]
    [InlineData("cos.approx.f32 $d, $a;", 1f, 0.540302306f)]
    [InlineData("tanh.approx.f32 $d, $a;", 0.5f, 0.462117157f)]
    [InlineData("neg.f32 $d, $a;", 2f, -2f)]
    [InlineData("abs.f32 $d, $a;", -2f, 2f)]
    [InlineData("cvt.rmi.f32.f32 $d, $a;", -1.5f, -2f)]
    [InlineData("cvt.rpi.f32.f32 $d, $a;", -1.5f, -1f)]
    [InlineData("cvt.rni.f32.f32 $d, $a;", 2.5f, 2f)]
    [InlineData("cvt.rzi.f32.f32 $d, $a;", -1.5f, -1f)]
    [InlineData("cvt.sat.f32.f32 $d, $a;", 1.5f, 1f)]
    public void Of_one_single(string instruction, float a, float expected) =>
        Assert.Equal(F(expected), PtxMachine.Evaluate(instruction, "f32", ("f32", F(a))));

    [Fact]
    public void Fma_rounds_once()
    {
        // (1 + 2⁻¹²)² − (1 + 2⁻¹¹) = 2⁻²⁴ exactly; rounded after the product it would be 0.
        float a = 1 + MathF.ScaleB(1, -12);
        Assert.Equal(F(MathF.ScaleB(1, -24)), PtxMachine.Evaluate(
            "fma.rn.f32 $d, $a, $b, $c;", "f32", ("f32", F(a)), ("f32", F(a)), ("f32", F(-(1 + MathF.ScaleB(1, -11))))));
    }

    [Fact]
    public void Half_fma_rounds_once()
    {
        // In f16 (1 + 2⁻⁶)² − (1 + 2⁻⁵) = 2⁻¹².
        float a = 1 + MathF.ScaleB(1, -6);
        Assert.Equal(H(MathF.ScaleB(1, -12)), PtxMachine.Evaluate(
            "fma.rn.f16 $d, $a, $b, $c;", "f16", ("f16", H(a)), ("f16", H(a)), ("f16", H(-(1 + MathF.ScaleB(1, -5))))));
    }

    [Fact]
    public void Bf16_fma_sees_what_lies_below_a_tie() =>
        // 7·37 = 259 lies half-way between 258 and 260, and goes to 260; 259 − 2⁻¹⁰⁰ must go to 258, though in double it is 259.
        Assert.Equal(0x4381UL, PtxMachine.Evaluate("fma.rn.bf16 $d, $a, $b, $c;", "bf16", ("bf16", 0x40E0), ("bf16", 0x4214), ("bf16", 0x8D80)));

    [Fact]
    public void Half_arithmetic_agrees_with_Half_of_dotnet()
    {
        var random = new Random(5);
        for (int k = 0; k < 200; k++)
        {
            Half a = BitConverter.UInt16BitsToHalf((ushort)random.Next(0x7C00)), b = BitConverter.UInt16BitsToHalf((ushort)random.Next(0x7C00));
            ulong actual = PtxMachine.Evaluate("mul.f16 $d, $a, $b;", "f16",
                ("f16", BitConverter.HalfToUInt16Bits(a)), ("f16", BitConverter.HalfToUInt16Bits(b)));
            Assert.Equal(BitConverter.HalfToUInt16Bits(a * b), actual);
        }
    }

    [Theory]
    [InlineData("add.f16x2 $d, $a, $b;", 0x40003C00, 0x3C003C00, 0x42004000)] // (1, 2) + (1, 1) = (2, 3)
    [InlineData("add.bf16x2 $d, $a, $b;", 0x40003F80, 0x3F803F80, 0x40404000)]
    [InlineData("fma.rn.bf16x2 $d, $a, $b, $a;", 0x40003F80, 0x3F803F80, 0x40804000)] // x·1 + x
    public void Packed(string instruction, ulong a, ulong b, ulong expected) =>
        Assert.Equal(expected, PtxMachine.Evaluate(instruction, "b32", ("b32", a), ("b32", b)));

    [Theory]
    [InlineData("s32", "rni", 2.5f, 2u)]
    [InlineData("s32", "rni", 3.5f, 4u)]
    [InlineData("s32", "rzi", -2.9f, 0xFFFFFFFEu)]
    [InlineData("s32", "rmi", -2.1f, 0xFFFFFFFDu)]
    [InlineData("s32", "rpi", 2.1f, 3u)]
    [InlineData("s32", "rzi", 1e20f, 0x7FFFFFFFu)]
    [InlineData("u32", "rzi", -1f, 0u)]
    [InlineData("s32", "rzi", float.NaN, 0u)]
    public void Float_to_integer(string to, string rounding, float a, uint expected) =>
        Assert.Equal(expected, PtxMachine.Evaluate($"cvt.{rounding}.{to}.f32 $d, $a;", "u32", ("f32", F(a))));

    [Theory]
    [InlineData("cvt.s32.s8 $d, $a;", "u32", "u16", 0x1FF, 0xFFFFFFFF)]
    [InlineData("cvt.u32.u8 $d, $a;", "u32", "u16", 0x1FF, 0xFF)]
    [InlineData("cvt.s64.s32 $d, $a;", "u64", "u32", 0xFFFFFFFF, ulong.MaxValue)]
    [InlineData("cvt.u64.u32 $d, $a;", "u64", "u32", 0xFFFFFFFF, 0xFFFFFFFF)]
    [InlineData("cvt.u16.u64 $d, $a;", "u16", "u64", 0x12345, 0x2345)]
    [InlineData("cvt.sat.s8.s32 $d, $a;", "u16", "u32", 300, 127)]
    [InlineData("cvt.sat.u8.s32 $d, $a;", "u16", "u32", 0xFFFFFFFF, 0)]
    [InlineData("cvt.s8.s32 $d, $a;", "u32", "u32", 0x80, 0xFFFFFF80)]
    public void Integer_to_integer(string instruction, string to, string from, ulong a, ulong expected) =>
        Assert.Equal(expected, PtxMachine.Evaluate(instruction, to, (from, a)));

    [Theory]
    [InlineData("rn", 0x3F800001u)]
    [InlineData("rz", 0x3F800000u)]
    [InlineData("rm", 0x3F800000u)]
    [InlineData("rp", 0x3F800001u)]
    public void Double_to_single_in_each_direction(string rounding, uint expected) =>
        // 1 + 0.75 ulp.
        Assert.Equal(expected, PtxMachine.Evaluate($"cvt.{rounding}.f32.f64 $d, $a;", "f32", ("f64", D(1 + (0.75 * Math.ScaleB(1, -23))))));

    [Theory]
    [InlineData(16777217UL, "rn", 16777216f)]
    [InlineData(16777217UL, "rp", 16777218f)]
    public void Integer_to_single(ulong a, string rounding, float expected) =>
        Assert.Equal(F(expected), PtxMachine.Evaluate($"cvt.{rounding}.f32.u64 $d, $a;", "f32", ("u64", a)));

    [Fact]
    public void Packed_conversion_puts_the_first_operand_high() => Assert.Equal(
        0x4000_3C00UL, PtxMachine.Evaluate("cvt.rn.f16x2.f32 $d, $a, $b;", "b32", ("f32", F(2)), ("f32", F(1))));

    [Fact]
    public void Gross_reciprocal_has_no_low_word() => Assert.Equal(
        D(1 / 3.0) & 0xFFFFFFFF00000000, PtxMachine.Evaluate("rcp.approx.ftz.f64 $d, $a;", "f64", ("f64", D(3))));

    [Fact]
    public void Rounding_to_nearest_is_what_the_processor_does()
    {
        var random = new Random(7);
        for (int k = 0; k < 100_000; k++)
        {
            double x = BitConverter.UInt64BitsToDouble((ulong)random.NextInt64());
            if (k % 2 == 0)
                x = Math.ScaleB(random.NextDouble() - 0.5, random.Next(-30, 20));
            if (double.IsNaN(x))
                continue;
            Assert.Equal(F((float)x), FloatFormat.F32.FromDouble(x, Rounding.Nearest));
            Assert.Equal((ulong)BitConverter.HalfToUInt16Bits((Half)x), FloatFormat.F16.FromDouble(x, Rounding.Nearest));
            Assert.Equal(x, FloatFormat.F64.ToDouble(FloatFormat.F64.FromDouble(x, Rounding.Down)));
        }
    }

    [Theory]
    [InlineData("eq", false, false)]
    [InlineData("ne", true, false)]
    [InlineData("lt", true, false)]
    [InlineData("le", true, false)]
    [InlineData("gt", false, false)]
    [InlineData("ge", false, false)]
    [InlineData("equ", false, true)]
    [InlineData("neu", true, true)]
    [InlineData("ltu", true, true)]
    [InlineData("leu", true, true)]
    [InlineData("gtu", false, true)]
    [InlineData("geu", false, true)]
    [InlineData("num", true, false)]
    [InlineData("nan", false, true)]
    public void Comparisons_of_1_with_2_and_of_1_with_nan(string comparison, bool ofNumbers, bool ofNaN)
    {
        foreach (string type in new[] { "f32", "f64", "f16" })
        {
            ulong bits(double x) => type switch { "f32" => F((float)x), "f16" => H((float)x), _ => D(x) };
            ulong compare(double b) => PtxMachine.Evaluate(
                $"setp.{comparison}.{type} %p1, $a, $b; selp.u32 $d, 1, 0, %p1;", "u32", (type, bits(1)), (type, bits(b)));
            Assert.Equal(ofNumbers ? 1UL : 0, compare(2));
            Assert.Equal(ofNaN ? 1UL : 0, compare(double.NaN));
        }
    }
}
