namespace GraphPipe.Tests.Gradients;

internal static partial class GradientCases
{
    private static GradientCase[] Normalizations =>
    [
        .. new[] { "Softmax", "LogSoftmax" }.SelectMany(op => new GradientCase[]
        {
            new(op, "the default axis", "%a [N,2,4]; @w [4]", $"%s = {op}(%a)\n%y = Mul(%s, @w)", 13),
            new(op, "axis 1 of three", "%a [N,3,2]; @w [2]", $"%s = {op}(%a) {{axis = 1}}\n%y = Mul(%s, @w)"),
            new(op, "a negative axis", "%a [N,3,2]; @w [2]", $"%s = {op}(%a) {{axis = -2}}\n%y = Mul(%s, @w)"),
            new(op, "of a parameter", "%a [N,3]; @w [2,3]", $"%s = {op}(@w) {{axis = 0}}\n%t = Transpose(%s)\n%y = MatMul(%a, %t)"),
        }),
        new("LayerNormalization", "last axis", "%a [N,2,4]; @s [4]; @b [4]", "%y = LayerNormalization(%a, @s, @b)"),
        new("LayerNormalization", "two axes", "%a [N,2,3]; @s [2,3]; @b [2,3]", "%y = LayerNormalization(%a, @s, @b) {axis = 1}"),
        new("LayerNormalization", "a negative axis, no bias, a large epsilon", "%a [N,2,3]; @s [2,3]", "%y = LayerNormalization(%a, @s) {axis = -2, epsilon = 0.25}", 17),
        new("InstanceNormalization", "one spatial axis", "%a [N,2,4]; @s [2]; @b [2]", "%y = InstanceNormalization(%a, @s, @b)"),
        new("InstanceNormalization", "two spatial axes", "%a [N,2,2,3]; @s [2]; @b [2]", "%y = InstanceNormalization(%a, @s, @b) {epsilon = 0.125}", 13),
        new("GroupNormalization", "per channel", "%a [N,4,3]; @s [4]; @b [4]", "%y = GroupNormalization(%a, @s, @b) {num_groups = 2}"),
        new("GroupNormalization", "per group", "%a [N,4,3]; @s [2]; @b [2]", "%y = GroupNormalization(%a, @s, @b) {num_groups = 2, epsilon = 0.125}", 18),
        new("BatchNormalization", "for inference", "%a [N,2,3]; @s [2]; @b [2]; #m f32[2] {0.5, -0.5}; #v f32[2] {1, 2}", "%y = BatchNormalization(%a, @s, @b, @m, @v)"),
        new("LRN", "more channels than its window", "%a [N,5,2,2]; @w [5,1,1]", "%n = LRN(%a) {alpha = 0.5, beta = 0.6, bias = 1.5, size = 4}\n%y = Mul(%n, @w)"),
        new("GlobalLpPool", "the cube", "%a [N,2,3,2]; @w [1,1]", "%n = GlobalLpPool(%a) {p = 3}\n%y = Mul(%n, @w)"),
        new("MeanVarianceNormalization", "within samples", "%a [N,2,3]; @w [3]", "%n = MeanVarianceNormalization(%a) {axes = ints[1, -1]}\n%y = Mul(%n, @w)"),
    ];
}
