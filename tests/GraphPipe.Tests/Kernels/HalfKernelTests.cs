using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Kernels;

/// <summary>The kernels that see halves themselves: casts, sums of gradients, optimizers, fills.</summary>
public class HalfKernelTests
{
    public static TheoryData<string> Halves => ["f16", "bf16"];

    [Theory]
    [MemberData(nameof(Halves))]
    public void Casts_from_and_to_every_type(string half)
    {
        double[] values = [0, 1, -1, 2.5, -7.75, 100, 127];
        foreach (string other in (string[])["f32", "f64", "f16", "bf16", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "bool"])
        {
            var x = Cast(TensorData.Of<double>(DType.F64, [values.Length], values), half);
            Assert.Equal(values, Doubles(x));
            var y = Cast(x, other);
            bool isUnsigned = other[0] == 'u';
            for (int i = 0; i < values.Length; i++)
            {
                double expected = other == "bool" ? (values[i] != 0 ? 1 : 0) : other.Contains('f') ? values[i] : Math.Truncate(values[i]);
                if (!isUnsigned || values[i] >= 0)
                    Assert.Equal(expected, y.DoubleAt(i));
            }

            if (!isUnsigned)
                Assert.Equal(Doubles(y), Doubles(Cast(y, half)));
        }
    }

    [Fact]
    public void Doubles_and_longs_are_rounded_once()
    {
        // By way of f32 both would end at the even neighbour.
        double d = 1 + Math.Pow(2, -8) + Math.Pow(2, -40);
        long n = (1L << 60) + (1L << 52) + 1;
        Assert.Equal(1 + Math.Pow(2, -7), Cast(TensorData.Of<double>(DType.F64, [1], [d]), "bf16").DoubleAt(0));
        Assert.Equal((1L << 60) + (1L << 53), Cast(TensorData.Longs([1], n), "bf16").DoubleAt(0));
        Assert.Equal(-(double)((1L << 60) + (1L << 53)), Cast(TensorData.Longs([1], -n), "bf16").DoubleAt(0));
        Assert.Equal((1L << 60) + (1L << 53), Cast(TensorData.Of<ulong>(DType.U64, [1], [(ulong)n]), "bf16").DoubleAt(0));
    }

    [Theory]
    [MemberData(nameof(Halves))]
    public void Sums_of_gradients_round_every_addition(string text)
    {
        var half = TypeOf(text);
        foreach (int terms in (int[])[1, 2, 4])
        {
            var inputs = Enumerable.Range(0, terms).Select(i => HalfModels.Rounded(Tensors.Random([1300], i, -2, 2), half)).ToArray();
            var sum = KernelProbe.Run("grad.Sum", inputs, $"{text}[1300]");
            for (int i = 0; i < 1300; i++)
                Assert.Equal(inputs.Skip(1).Aggregate(inputs[0].DoubleAt(i), (a, g) => HalfModels.Rounded((float)(a + g.DoubleAt(i)), half)), sum.DoubleAt(i));
        }
    }

    /// <summary>A parameter of halves goes where the f32 kernel takes its widened value, rounded once; the states are those of the f32 kernel.</summary>
    [Theory]
    [InlineData("train.Sgd", 1)]
    [InlineData("train.Adam", 2)]
    [InlineData("train.AdamW", 2)]
    public void Optimizers_round_the_parameter_once(string op, int states)
    {
        var attributes = Tensors.With(("learning_rate", 0.05f), ("momentum", 0.9f), ("weight_decay", 0.1f), ("nesterov", 1));
        foreach (var half in (DType[])[DType.F16, DType.BF16])
        {
            var parameter = HalfModels.Rounded(Tensors.Random([1300], 1), half);
            TensorData[] rest = [Tensors.Random([1300], 2), .. Enumerable.Range(0, states).Select(s => Tensors.Random([1300], 3 + s, 0.1, 1))];
            var actual = KernelProbe.RunInPlace(op, [parameter, .. rest], attributes, step: 3);
            var expected = KernelProbe.RunInPlace(op, [Cast(parameter, "f32"), .. rest], attributes, step: 3);
            Assert.Equal(half, actual[0].Type);
            Assert.Equal(Doubles(HalfModels.Rounded(expected[0], half)), Doubles(actual[0]));
            Assert.NotEqual(Doubles(parameter), Doubles(actual[0]));
            for (int i = 1; i < actual.Length; i++)
                Assert.True(expected[i].SameAs(actual[i]));
        }
    }

    [Fact]
    public void Gradients_of_halves_are_no_gradients_of_parameters()
    {
        var half = new GraphPipe.Runtime.OperandType(DType.F16, [4]);
        Assert.False(KernelProbe.Binds("train.Sgd", [half, half, KernelProbe.Floats(4)], [half]));
        Assert.False(KernelProbe.Binds("grad.Sum", [half, KernelProbe.Floats(4)], [half]));
    }

    [Theory]
    [MemberData(nameof(Halves))]
    public void A_pad_is_filled_with_a_rounded_value(string text)
    {
        var x = HalfModels.Rounded(Tensors.Floats([2], i => i), TypeOf(text));
        var y = KernelProbe.Run("Pad", [x], $"{text}[4]", Tensors.With(("pads", Tensors.Ints(1, 1)), ("value", 0.1f)));
        Assert.Equal([HalfModels.Rounded(0.1f, TypeOf(text)), 0, 1, HalfModels.Rounded(0.1f, TypeOf(text))], Doubles(y));
    }

    private static TensorData Cast(TensorData x, string to) => KernelProbe.Run("Cast", [x], $"{to}[{x.Count}]", Tensors.With(("to", to)));

    private static double[] Doubles(TensorData data) => [.. Enumerable.Range(0, (int)data.Count).Select(data.DoubleAt)];

    private static DType TypeOf(string text) => DTypes.TryParse(text, out var type) ? type : throw new ArgumentException(text);
}
