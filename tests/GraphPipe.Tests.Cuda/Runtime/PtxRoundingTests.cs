using GraphPipe.Runtime.Cuda.Compilation;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>Expected texts are written by hand after the PTX ISA's syntax of add, sub and mul.</summary>
public class PtxRoundingTests
{
    [Theory]
    [InlineData("add.f32 %f1, %f2, %f3;", "add.rn.f32 %f1, %f2, %f3;")]
    [InlineData("@%p1 mul.ftz.f32 %f1, %f2, %f3;", "@%p1 mul.rn.ftz.f32 %f1, %f2, %f3;")]
    [InlineData("sub.sat.f32 %f1, %f2, %f3;", "sub.rn.sat.f32 %f1, %f2, %f3;")]
    [InlineData("mul.f64 %d1, %d2, %d3;", "mul.rn.f64 %d1, %d2, %d3;")]
    [InlineData("add.f16x2 %r1, %r2, %r3;", "add.rn.f16x2 %r1, %r2, %r3;")]
    public void A_bare_form_gets_its_rounding(string bare, string fixedText)
    {
        Assert.Equal(fixedText, PtxRounding.Fix(bare));
        Assert.NotNull(PtxRounding.FirstBare(bare));
        Assert.Null(PtxRounding.FirstBare(fixedText));
    }

    [Theory]
    [InlineData("add.rn.f32 %f1, %f2, %f3;")]
    [InlineData("add.s32 %r1, %r2, %r3;")]
    [InlineData("mul.wide.u32 %rd1, %r1, 4;")]
    [InlineData("fma.rn.f32 %f1, %f2, %f3, %f4;")]
    [InlineData("atom.global.add.f32 %f1, [%rd1], %f2;")]
    [InlineData("red.add.f64 [%rd1], %d2;")]
    public void Others_stay(string text) => Assert.Equal(text, PtxRounding.Fix(text));
}
