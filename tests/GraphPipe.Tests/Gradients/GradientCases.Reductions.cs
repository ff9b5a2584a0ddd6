namespace GraphPipe.Tests.Gradients;

internal static partial class GradientCases
{
    private static readonly (string Op, string Range)[] ReductionOps =
    [
        ("ReduceSum", "-2..2"), ("ReduceMean", "-2..2"), ("ReduceMax", "-2..2"), ("ReduceMin", "-2..2"), ("ReduceProd", "0.5..2"), ("ReduceProd", "-1.5..1.5"), ("ReduceL1", "-2..2"),
        ("ReduceL2", "-2..2"), ("ReduceSumSquare", "-2..2"), ("ReduceLogSum", "0.5..2"), ("ReduceLogSumExp", "-2..2"),
    ];

    private static GradientCase[] Reductions =>
    [
        .. ReductionOps.SelectMany(r => new GradientCase[]
        {
            new(r.Op, $"last axis kept, {r.Range}", $"%a [N,2,3] in {r.Range}; @w [2,3]; #axes i64[1] {{-1}}", $"%r = {r.Op}(%a, @axes)\n%y = Mul(%r, @w)"),
            new(r.Op, $"middle axis dropped, {r.Range}", $"%a [N,3,2] in {r.Range}; @w [2]; #axes i64[1] {{1}}", $"%r = {r.Op}(%a, @axes) {{keepdims = 0}}\n%y = Mul(%r, @w)"),
            new(r.Op, $"two axes, out of order, {r.Range}", $"%a [N,2,2,3] in {r.Range}; @w [2]; #axes i64[2] {{-1, 1}}", $"%r = {r.Op}(%a, @axes) {{keepdims = 0}}\n%y = Mul(%r, @w)"),
            new(r.Op, $"all of a parameter, {r.Range}", $"%a [N,3]; @w [2,3] in {r.Range}", $"%r = {r.Op}(@w) {{keepdims = 0}}\n%y = Mul(%a, %r)"),
        }),

        // Up to opset 17 the axes are an attribute, but for ReduceSum.
        .. ReductionOps.Where(r => r.Op != "ReduceSum").Select(r =>
            new GradientCase(r.Op, $"axes as attribute, {r.Range}", $"%a [N,2,3] in {r.Range}; @w [2,1]", $"%r = {r.Op}(%a) {{axes = ints[-1], keepdims = 1}}\n%y = Mul(%r, @w)", 13)),
        new("ReduceSum", "axes as operand", "%a [N,2,3]; @w [2,1]; #axes i64[1] {2}", "%r = ReduceSum(%a, @axes)\n%y = Mul(%r, @w)", 13),
        new("ReduceL2", "a norm of zeros, as exporters spell it", "%a [N,2,3]; #keep f32[2,1] {0, 1}; #axes i64[1] {2}", "%k = Mul(%a, @keep)\n%q = Mul(%k, %k)\n%s = ReduceSum(%q, @axes)\n%n = Sqrt(%s)\n%y = Add(%n, %k)"),
        new("ReduceSum", "nothing", "%a [N,3]", "%r = ReduceSum(%a) {noop_with_empty_axes = 1}\n%y = Mul(%r, %a)"),
        new("ReduceMean", "of two values", "%a [N,3]; %b [N,3]; #axes i64[1] {1}", "%m = Mul(%a, %b)\n%y = ReduceMean(%m, @axes)"),
        .. new[] { "ArgMax", "ArgMin" }.SelectMany(op => new GradientCase[]
        {
            new(op, "picks what is gathered", "%a [N,4]; %b [N,4]", $"%i = {op}(%a) {{axis = 1}}\n%g = GatherElements(%b, %i) {{axis = 1}}\n%y = Mul(%g, %a)"),
            new(op, "the last one, dropped", "%a [N,4]; @table [4,2]", $"%i = {op}(%a) {{axis = -1, keepdims = 0, select_last_index = 1}}\n%g = Gather(@table, %i)\n%s, %t = Split(%a) {{axis = 1, num_outputs = 2}}\n%y = Mul(%g, %s)"),
        }),
    ];
}
