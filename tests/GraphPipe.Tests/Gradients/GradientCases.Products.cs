namespace GraphPipe.Tests.Gradients;

internal static partial class GradientCases
{
    private const string Steps = "%t = Transpose(%x) {perm = ints[1, 0, 2]}\n";

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
        new("Einsum", "batch, inner and outer axes", "%a [N,2,3]; %b [N,4,3]", "%y = Einsum(%a, %b) {equation = \"btd,bsd->bts\"}"),
        new("Einsum", "axes in another order", "%a [N,2,3,2]; %b [N,4,3,2]", "%y = Einsum(%a, %b) {equation = \"bqhd,bkhd->bhqk\"}"),
        new("Einsum", "one operand", "%a [N,2,3]; @w [3]", "%s = Einsum(%a) {equation = \"btd->bd\"}\n%y = Mul(%s, @w)"),
        new("Einsum", "no axis of its own", "%a [N,2,3]; %b [N,2,3]", "%y = Einsum(%a, %b) {equation = \"btd,btd->bt\"}"),
        new("Einsum", "outer product", "%a [N,2]; %b [N,3]", "%y = Einsum(%a, %b) {equation = \"bi,bj->bij\"}"),
        new("Einsum", "weights first", "@q [4,3]; %a [N,2,3]", "%y = Einsum(@q, %a) {equation = \"qd,btd->bqt\"}"),
        new("Einsum", "weights of three axes", "%a [N,2,3]; @w [3,2,4]", "%y = Einsum(%a, @w) {equation = \"btd,dhe->bhte\"}"),
        new("Einsum", "three operands", "%a [N,2,3]; @w [3,2]; %b [N,4,2]", "%y = Einsum(%a, @w, %b) {equation = \"btd,de,bse->bts\"}"),
        new("Einsum", "an ellipsis, without an arrow", "%a [N,2,3]; @w [3]", "%y = Einsum(%a, @w) {equation = \"...d,d\"}", 13),
        new("Einsum", "a diagonal", "%a [N,3,3]; @w [3]", "%y = Einsum(%a, @w) {equation = \"bii,i->bi\"}"),
        new("Einsum", "an axis of one beside a longer one", "%a [N,1,3]; %b [N,2,3]", "%y = Einsum(%a, %b) {equation = \"bsd,bsd->bd\"}"),
        new("Einsum", "what nobody needs summed first", "%a [N,2,3]; @w [3,4]", "%y = Einsum(%a, @w) {equation = \"btd,de->bt\"}"),
        new("LSTM", "forward", "%x [N,3,2]; @w [1,8,2]; @r [1,8,2]; @b [1,16]; #one i64[1] {1}", Steps + "%h, %last, %cell = LSTM(%t, @w, @r, @b) {hidden_size = 2}\n%p = Transpose(%h) {perm = ints[2, 0, 1, 3]}\n%q = Transpose(%cell) {perm = ints[1, 0, 2]}\n%u = Unsqueeze(%q, @one)\n%y = Mul(%p, %u)"),
        new("LSTM", "both ways, lengths and initial states", "%x [N,3,2]; @w [2,8,2]; @r [2,8,2]; @b [2,16]; %h0 [N,2,2]; %c0 [N,2,2]; $n [N] < 4; #one i64[1] {1}", Steps + "%h1 = Transpose(%h0) {perm = ints[1, 0, 2]}\n%c1 = Transpose(%c0) {perm = ints[1, 0, 2]}\n%m = Abs(%n)\n%k = Cast(%m) {to = \"i32\"}\n%h, %last, %cell = LSTM(%t, @w, @r, @b, %k, %h1, %c1) {direction = \"bidirectional\", hidden_size = 2}\n%p = Transpose(%h) {perm = ints[2, 0, 1, 3]}\n%q = Transpose(%last) {perm = ints[1, 0, 2]}\n%u = Unsqueeze(%q, @one)\n%y = Mul(%p, %u)"),
        new("GRU", "forward", "%x [N,3,2]; @w [1,6,2]; @r [1,6,2]; @b [1,12]", Steps + "%h = GRU(%t, @w, @r, @b) {hidden_size = 2}\n%y = Transpose(%h) {perm = ints[2, 0, 1, 3]}"),
        new("GRU", "reset behind the product, backwards, an initial state", "%x [N,3,2]; @w [1,6,2]; @r [1,6,2]; @b [1,12]; %h0 [N,1,2]", Steps + "%h1 = Transpose(%h0) {perm = ints[1, 0, 2]}\n%h = GRU(%t, @w, @r, @b, _, %h1) {direction = \"reverse\", hidden_size = 2, linear_before_reset = 1}\n%y = Transpose(%h) {perm = ints[2, 0, 1, 3]}"),
        new("RNN", "samples first, an activation with a parameter, no bias", "%x [N,3,2]; @w [1,2,2]; @r [1,2,2]; #to i64[4] {0, 1, 1, 2}", "%h, %last = RNN(%x, @w, @r) {activation_alpha = floats[0.3], activations = texts[\"LeakyRelu\"], hidden_size = 2, layout = 1}\n%l = Reshape(%last, @to)\n%y = Mul(%h, %l)"),
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
