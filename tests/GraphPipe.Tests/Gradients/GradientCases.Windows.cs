namespace GraphPipe.Tests.Gradients;

internal static partial class GradientCases
{
    private static GradientCase[] Windows =>
    [
        new("Conv", "plain", "%a [N,2,4,4]; @w [3,2,3,3]; @b [3]", "%y = Conv(%a, @w, @b)"),
        new("Conv", "without bias, strides and pads", "%a [N,2,5,4]; @w [2,2,3,2]", "%y = Conv(%a, @w) {pads = ints[1, 0, 2, 1], strides = ints[2, 1]}", 13),
        new("Conv", "dilated", "%a [N,1,5,5]; @w [2,1,2,2]; @b [2]", "%y = Conv(%a, @w, @b) {dilations = ints[2, 3]}"),
        new("Conv", "in groups", "%a [N,4,3,3]; @w [4,2,2,2]; @b [4]", "%y = Conv(%a, @w, @b) {group = 2}"),
        new("Conv", "per channel", "%a [N,3,3,3]; @w [3,1,2,2]", "%y = Conv(%a, @w) {group = 3, pads = ints[1, 1, 0, 0]}"),
        new("Conv", "one by one", "%a [N,3,2,2]; @w [2,3,1,1]; @b [2]", "%y = Conv(%a, @w, @b)"),
        new("Conv", "one spatial axis", "%a [N,2,6]; @w [2,2,3]; @b [2]", "%y = Conv(%a, @w, @b) {pads = ints[1, 1], strides = ints[2]}"),
        new("Conv", "three spatial axes", "%a [N,1,2,3,3]; @w [2,1,2,2,2]", "%y = Conv(%a, @w)"),
        new("Conv", "padded to the same size", "%a [N,1,4,3]; @w [1,1,2,3]", "%y = Conv(%a, @w) {auto_pad = \"SAME_UPPER\"}"),
        new("Conv", "padded to the same size, at the front", "%a [N,1,5]; @w [1,1,2]", "%y = Conv(%a, @w) {auto_pad = \"SAME_LOWER\", strides = ints[2]}"),
        new("ConvTranspose", "plain", "%a [N,2,3,3]; @w [2,3,2,2]; @b [3]", "%y = ConvTranspose(%a, @w, @b)"),
        new("ConvTranspose", "strides, pads and more of the output", "%a [N,2,3,2]; @w [2,2,3,3]", "%y = ConvTranspose(%a, @w) {output_padding = ints[1, 0], pads = ints[1, 0, 1, 1], strides = ints[2, 2]}", 13),
        new("ConvTranspose", "in groups, dilated", "%a [N,4,2,2]; @w [4,1,2,2]; @b [2]", "%y = ConvTranspose(%a, @w, @b) {dilations = ints[2, 1], group = 2}"),
        new("ConvTranspose", "one spatial axis, to a size", "%a [N,2,4]; @w [2,1,4]; @b [1]", "%y = ConvTranspose(%a, @w, @b) {output_shape = ints[7], strides = ints[2]}"),
        new("ConvTranspose", "three spatial axes", "%a [N,1,2,2,2]; @w [1,2,2,2,2]", "%y = ConvTranspose(%a, @w) {strides = ints[1, 2, 1]}"),
        new("ConvTranspose", "to strides times the size", "%a [N,1,3]; @w [1,1,3]", "%y = ConvTranspose(%a, @w) {auto_pad = \"SAME_UPPER\", strides = ints[2]}"),
        new("AveragePool", "plain", "%a [N,2,4,4]", "%p = AveragePool(%a) {kernel_shape = ints[2, 2]}\n%y = Mul(%p, %p)"),
        new("AveragePool", "pads not counted", "%a [N,1,4,5]", "%p = AveragePool(%a) {kernel_shape = ints[3, 2], pads = ints[1, 0, 1, 1], strides = ints[2, 2]}\n%y = Mul(%p, %p)", 13),
        new("AveragePool", "pads counted", "%a [N,1,4,4]", "%p = AveragePool(%a) {count_include_pad = 1, kernel_shape = ints[3, 3], pads = ints[1, 1, 1, 1], strides = ints[2, 2]}\n%y = Mul(%p, %p)"),
        new("AveragePool", "rounded up, one axis", "%a [N,2,6]", "%p = AveragePool(%a) {ceil_mode = 1, kernel_shape = ints[3], strides = ints[2]}\n%y = Mul(%p, %p)"),
        new("AveragePool", "dilated", "%a [N,1,5,5]", "%p = AveragePool(%a) {dilations = ints[2, 2], kernel_shape = ints[2, 2]}\n%y = Mul(%p, %p)"),
        new("MaxPool", "plain", "%a [N,2,4,4]", "%p = MaxPool(%a) {kernel_shape = ints[2, 2], strides = ints[2, 2]}\n%y = Mul(%p, %p)"),
        new("MaxPool", "overlapping, padded", "%a [N,1,4,5]", "%p = MaxPool(%a) {kernel_shape = ints[3, 2], pads = ints[1, 0, 1, 1]}\n%y = Mul(%p, %p)", 13),
        new("MaxPool", "rounded up, one axis", "%a [N,2,6]", "%p = MaxPool(%a) {ceil_mode = 1, kernel_shape = ints[3], strides = ints[2]}\n%y = Mul(%p, %p)"),
        new("MaxPool", "dilated", "%a [N,1,5,4]", "%p = MaxPool(%a) {dilations = ints[2, 1], kernel_shape = ints[2, 2]}\n%y = Mul(%p, %p)"),
        new("GlobalAveragePool", "two axes", "%a [N,2,3,2]", "%p = GlobalAveragePool(%a)\n%y = Mul(%p, %p)"),
        new("GlobalMaxPool", "two axes", "%a [N,2,3,2]", "%p = GlobalMaxPool(%a)\n%y = Mul(%p, %p)"),
    ];
}
