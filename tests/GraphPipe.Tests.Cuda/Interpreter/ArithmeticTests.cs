namespace GraphPipe.Tests.Cuda.Interpreter;

/// <summary>Integer and bit instructions against values worked out by hand from the PTX ISA's definitions.</summary>
public class ArithmeticTests
{
    [Theory]
    [InlineData("add.s32 $d, $a, $b;", "u32", "u32", 7, 0xFFFFFFFF, 6)]
    [InlineData("add.sat.s32 $d, $a, $b;", "u32", "u32", 0x7FFFFFFF, 1, 0x7FFFFFFF)]
    [InlineData("sub.sat.s32 $d, $a, $b;", "u32", "u32", 0x80000000, 1, 0x80000000)]
    [InlineData("sub.u64 $d, $a, $b;", "u64", "u64", 0, 1, ulong.MaxValue)]
    [InlineData("add.s16 $d, $a, $b;", "u16", "u16", 0x7FFF, 1, 0x8000)]
    [InlineData("mul.lo.s32 $d, $a, $b;", "u32", "u32", 0xFFFFFFFF, 5, 0xFFFFFFFB)]
    [InlineData("mul.hi.s32 $d, $a, $b;", "u32", "u32", 0xFFFFFFFF, 5, 0xFFFFFFFF)]
    [InlineData("mul.hi.u32 $d, $a, $b;", "u32", "u32", 0xFFFFFFFF, 5, 4)]
    [InlineData("mul.hi.u64 $d, $a, $b;", "u64", "u64", ulong.MaxValue, ulong.MaxValue, ulong.MaxValue - 1)]
    [InlineData("mul.hi.s64 $d, $a, $b;", "u64", "u64", ulong.MaxValue, ulong.MaxValue, 0)]
    [InlineData("mul.wide.s32 $d, $a, $b;", "u64", "u32", 0xFFFFFFFF, 5, unchecked((ulong)-5L))]
    [InlineData("mul.wide.u32 $d, $a, $b;", "u64", "u32", 0xFFFFFFFF, 5, 0x4FFFFFFFB)]
    [InlineData("mul.wide.s16 $d, $a, $b;", "u32", "u16", 0xFFFF, 5, 0xFFFFFFFB)]
    [InlineData("mul24.lo.u32 $d, $a, $b;", "u32", "u32", 0xFF000003, 5, 15)]
    [InlineData("div.s32 $d, $a, $b;", "u32", "u32", 0xFFFFFFF9, 2, 0xFFFFFFFD)]
    [InlineData("div.s32 $d, $a, $b;", "u32", "u32", 0x80000000, 0xFFFFFFFF, 0x80000000)]
    [InlineData("div.u32 $d, $a, $b;", "u32", "u32", 0xFFFFFFF9, 2, 0x7FFFFFFC)]
    [InlineData("div.u32 $d, $a, $b;", "u32", "u32", 5, 0, 0xFFFFFFFF)]
    [InlineData("rem.s32 $d, $a, $b;", "u32", "u32", 0xFFFFFFF9, 2, 0xFFFFFFFF)]
    [InlineData("min.s32 $d, $a, $b;", "u32", "u32", 0xFFFFFFFF, 1, 0xFFFFFFFF)]
    [InlineData("min.u32 $d, $a, $b;", "u32", "u32", 0xFFFFFFFF, 1, 1)]
    [InlineData("max.s64 $d, $a, $b;", "u64", "u64", ulong.MaxValue, 1, 1)]
    [InlineData("and.b32 $d, $a, $b;", "u32", "u32", 12, 10, 8)]
    [InlineData("or.b32 $d, $a, $b;", "u32", "u32", 12, 10, 14)]
    [InlineData("xor.b64 $d, $a, $b;", "u64", "u64", 12, 10, 6)]
    public void Binary(string instruction, string result, string type, ulong a, ulong b, ulong expected) =>
        Assert.Equal(expected, PtxMachine.Evaluate(instruction, result, (type, a), (type, b)));

    [Theory]
    [InlineData("shl.b32 $d, $a, $b;", "u32", 1, 31, 0x80000000)]
    [InlineData("shl.b32 $d, $a, $b;", "u32", 1, 32, 0)]
    [InlineData("shr.s32 $d, $a, $b;", "u32", 0x80000000, 4, 0xF8000000)]
    [InlineData("shr.s32 $d, $a, $b;", "u32", 0x80000000, 99, 0xFFFFFFFF)]
    [InlineData("shr.u32 $d, $a, $b;", "u32", 0x80000000, 4, 0x08000000)]
    [InlineData("shr.b64 $d, $a, $b;", "u64", 0x8000000000000000, 63, 1)]
    public void Shift(string instruction, string type, ulong a, ulong n, ulong expected) =>
        Assert.Equal(expected, PtxMachine.Evaluate(instruction, type, (type, a), ("u32", n)));

    [Theory]
    [InlineData("not.b32 $d, $a;", "u32", "u32", 1, 0xFFFFFFFE)]
    [InlineData("cnot.b32 $d, $a;", "u32", "u32", 0, 1)]
    [InlineData("neg.s32 $d, $a;", "u32", "u32", 1, 0xFFFFFFFF)]
    [InlineData("abs.s32 $d, $a;", "u32", "u32", 0xFFFFFFFB, 5)]
    [InlineData("popc.b64 $d, $a;", "u32", "u64", 0xF0F0, 8)]
    [InlineData("clz.b32 $d, $a;", "u32", "u32", 0x00010000, 15)]
    [InlineData("clz.b64 $d, $a;", "u32", "u64", 0, 64)]
    [InlineData("brev.b32 $d, $a;", "u32", "u32", 1, 0x80000000)]
    [InlineData("brev.b64 $d, $a;", "u64", "u64", 2, 0x4000000000000000)]
    [InlineData("bfind.u32 $d, $a;", "u32", "u32", 0x80, 7)]
    [InlineData("bfind.s32 $d, $a;", "u32", "u32", 0xFFFFFF7F, 7)]
    [InlineData("bfind.shiftamt.u32 $d, $a;", "u32", "u32", 0x80, 24)]
    [InlineData("bfind.u32 $d, $a;", "u32", "u32", 0, 0xFFFFFFFF)]
    public void Unary(string instruction, string result, string type, ulong a, ulong expected) =>
        Assert.Equal(expected, PtxMachine.Evaluate(instruction, result, (type, a)));

    [Theory]
    [InlineData("mad.lo.s32 $d, $a, $b, $c;", 3, 5, 7, 22)]
    [InlineData("mad.hi.u32 $d, $a, $b, $c;", 0xFFFFFFFF, 5, 7, 11)]
    [InlineData("sad.u32 $d, $a, $b, $c;", 3, 10, 1, 8)]
    [InlineData("lop3.b32 $d, $a, $b, $c, 0x80;", 0xFF, 0x3F, 0x1C, 0x1C)]
    [InlineData("lop3.b32 $d, $a, $b, $c, 0x96;", 0xFF, 0x0F, 0x01, 0xF1)]
    [InlineData("prmt.b32 $d, $a, $b, $c;", 0x33221100, 0x77665544, 0x0246, 0x00224466)]
    [InlineData("prmt.b32 $d, $a, $b, $c;", 0x33221180, 0, 0x8888, 0xFFFFFFFF)]
    [InlineData("shf.l.wrap.b32 $d, $a, $b, $c;", 0x80000000, 1, 33, 3)]
    [InlineData("shf.r.clamp.b32 $d, $a, $b, $c;", 0x80000000, 1, 32, 1)]
    [InlineData("bfe.u32 $d, $a, $b, $c;", 0xABCD, 4, 8, 0xBC)]
    [InlineData("bfe.s32 $d, $a, $b, $c;", 0xABCD, 4, 8, 0xFFFFFFBC)]
    [InlineData("bfe.s32 $d, $a, $b, $c;", 0x80000000, 28, 8, 0xFFFFFFF8)]
    [InlineData("bfe.u32 $d, $a, $b, $c;", 0xABCD, 4, 0, 0)]
    [InlineData("bfe.u32 $d, $a, $b, $c;", 0xFFFFFFFF, 0, 31, 0x7FFFFFFF)]
    [InlineData("bfe.u32 $d, $a, $b, $c;", 0xFFFFFFFF, 0, 32, 0xFFFFFFFF)]
    public void Ternary(string instruction, ulong a, ulong b, ulong c, ulong expected) =>
        Assert.Equal(expected, PtxMachine.Evaluate(instruction, "u32", ("u32", a), ("u32", b), ("u32", c)));

    [Fact]
    public void Mad_wide_adds_at_the_wider_type() => Assert.Equal(
        0x4FFFFFFFBUL + 0x100000000,
        PtxMachine.Evaluate("mad.wide.u32 $d, $a, $b, $c;", "u64", ("u32", 0xFFFFFFFF), ("u32", 5), ("u64", 0x100000000)));

    [Theory]
    [InlineData(0xF, 8, 4, 0xAAAAAFAAu)]
    [InlineData(0xFF, 28, 8, 0xFAAAAAAAu)]
    [InlineData(0xFF, 40, 8, 0xAAAAAAAAu)]
    public void Bfi(ulong a, ulong position, ulong length, ulong expected) => Assert.Equal(expected, PtxMachine.Evaluate(
        "bfi.b32 $d, $a, $b, $c, $e;", "u32", ("u32", a), ("u32", 0xAAAAAAAA), ("u32", position), ("u32", length)));

    [Theory]
    [InlineData("selp.b32 $d, 1, 2, %p1;", 1)]
    [InlineData("selp.b32 $d, 1, 2, %p2;", 2)]
    [InlineData("@%p1 mov.u32 $d, 5; @!%p1 mov.u32 $d, 6;", 5)]
    [InlineData("@!%p2 mov.u32 $d, 5; @%p2 mov.u32 $d, 6;", 5)]
    [InlineData("setp.lt.and.s32 %p3, 1, 2, %p2; selp.u32 $d, 1, 0, %p3;", 0)]
    [InlineData("setp.lt.or.s32 %p3|%p4, 2, 1, %p2; selp.u32 $d, 1, 0, %p4;", 1)]
    [InlineData("setp.lt.and.s32 %p3, 1, 2, !%p2; selp.u32 $d, 1, 0, %p3;", 1)]
    [InlineData("set.lt.u32.s32 $d, -1, 1;", 0xFFFFFFFF)]
    [InlineData("set.gt.f32.s32 %f1, 2, 1; mov.b32 $d, %f1;", 0x3F800000)]
    [InlineData("slct.u32.s32 $d, 7, 8, -1;", 8)]
    [InlineData("xor.pred %p3, %p1, %p2; selp.u32 $d, 1, 0, %p3;", 1)]
    [InlineData("setp.lo.u32 %p3, 1, 0xFFFFFFFF; selp.u32 $d, 1, 0, %p3;", 1)]
    [InlineData("mov.b64 %rd5, {%r1, %r2}; mov.b64 {_, $d}, %rd5;", 22)]
    [InlineData("mov.u32 $d, WARP_SZ;", 32)]
    [InlineData("mov.u32 $d, %ntid.x;", 1)]
    public void Predicates_and_moves(string body, ulong expected) => Assert.Equal(expected, PtxMachine.Evaluate(
        "setp.eq.s32 %p1, 1, 1; setp.ne.s32 %p2, 1, 1; mov.u32 %r1, 11; mov.u32 %r2, 22; " + body, "u32"));
}
