namespace GraphPipe.Tests.Gradients;

internal static partial class GradientCases
{
    private static GradientCase[] Products =>
    [
        new("MatMul", "samples by weights", "%a [N,4]; @w [4,3]", "%y = MatMul(%a, @w)"),
        new("MatMul", "three axes by weights", "%a [N,2,4]; @w [4,3]", "%y = MatMul(%a, @w)"),
        new("MatMul", "weights by samples", "@w [3,4]; %a [N,4,2]", "%y = MatMul(@w, %a)"),
        new("MatMul", "sample by sample", "%a [N,2,3]; %b [N,3,2]", "%y = MatMul(%a, %b)"),
        new("MatMul", "batch axes stretched", "%a [N,2,1,2,3]; %b [N,1,2,3,2]", "%y = MatMul(%a, %b)"),
        new("MatMul", "weights with a batch axis", "%a [N,2,2,3]; @w [2,3,2]", "%y = MatMul(%a, @w)"),
        new("MatMul", "weights with a stretched batch axis", "%a [N,2,2,3]; @w [1,3,2]", "%y = MatMul(%a, @w)"),
        new("MatMul", "by a vector", "%a [N,2,4]; @w [4]", "%y = MatMul(%a, @w)"),
        new("MatMul", "samples by a vector", "%a [N,4]; @w [4]", "%y = MatMul(%a, @w)"),
        new("MatMul", "a vector by samples", "@w [4]; %a [N,4,2]", "%y = MatMul(@w, %a)"),
        new("MatMul", "vector by vector", "%a [N,3]; @v [4]; @w [4]", "%s = MatMul(@v, @w)\n%y = Mul(%a, %s)"),
        new("MatMul", "by itself", "%a [N,3,3]", "%y = MatMul(%a, %a)"),
        new("Gemm", "plain", "%a [N,4]; @w [4,3]; @b [3]", "%y = Gemm(%a, @w, @b)"),
        new("Gemm", "weights transposed", "%a [N,4]; @w [3,4]; @b [3]", "%y = Gemm(%a, @w, @b) {transB = 1}", 13),
        new("Gemm", "samples transposed", "%t [N,4]; @w [4,3]", "%a = Transpose(%t) {perm = ints[1, 0]}\n%y = Gemm(%a, @w) {transA = 1}"),
        new("Gemm", "both transposed", "%t [N,4]; @w [3,4]; @b [1,3]", "%a = Transpose(%t) {perm = ints[1, 0]}\n%y = Gemm(%a, @w, @b) {transA = 1, transB = 1, alpha = 0.5, beta = 2.0}"),
        new("Gemm", "alpha and beta", "%a [N,4]; @w [4,3]; @b [3]", "%y = Gemm(%a, @w, @b) {alpha = 0.5, beta = 2.0}"),
        new("Gemm", "C a scalar", "%a [N,4]; @w [4,3]; @b []", "%y = Gemm(%a, @w, @b)"),
        new("Gemm", "C a column of the samples", "%a [N,4]; @w [4,3]; %b [N,1]", "%y = Gemm(%a, @w, %b) {beta = 0.5}"),
        new("Gemm", "C like the result", "%a [N,4]; @w [4,3]; %b [N,3]", "%y = Gemm(%a, @w, %b)"),
        new("Gemm", "of parameters alone", "%a [N,3]; @v [3,4]; @w [4,3]", "%vw = Gemm(@v, @w) {alpha = 2.0}\n%y = MatMul(%a, %vw)"),
    ];
}
