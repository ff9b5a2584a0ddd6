using GraphPipe.Bundle;
using GraphPipe.Tests.Numerics;
using Xunit;

namespace GraphPipe.Tests.Kernels;

public class UnaryKernelTests
{
    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    private static double Phi(double x) => 0.5 * (1 + Reference.Erf(x / Math.Sqrt(2)));

    // Their gradients are other core ops, or nothing.
    private static readonly string[] HasNoGradientOp = ["Ceil", "Exp", "Floor", "Log", "Neg", "Reciprocal", "Round", "Sign"];

    private sealed record Case(string Op, Func<double, double> F, double Low = -4, double High = 4, (string, AttributeValue)[]? Attributes = null, double[]? Kinks = null);

    private static readonly Case[] Cases =
    [
        new("Abs", Math.Abs, Kinks: [0]), new("Ceil", Math.Ceiling), new("Cos", Math.Cos), new("Erf", Reference.Erf), new("Exp", Math.Exp), new("Floor", Math.Floor),
        new("HardSwish", x => x * Math.Clamp(x + 3, 0, 6) / 6, Kinks: [-3, 3]), new("Log", Math.Log, 0.1), new("Mish", x => x * Math.Tanh(Softplus(x))),
        new("Neg", x => -x), new("Reciprocal", x => 1 / x, 0.3), new("Round", x => Math.Round(x, MidpointRounding.ToEven)), new("Sigmoid", Sigmoid),
        new("Sign", x => Math.Sign(x)), new("Sin", Math.Sin), new("Softplus", Softplus), new("Softsign", x => x / (1 + Math.Abs(x))), new("Sqrt", Math.Sqrt, 0.1),
        new("Tanh", Math.Tanh), new("Relu", x => Math.Max(x, 0), Kinks: [0]),
        new("Acos", Math.Acos, -0.95, 0.95), new("Asin", Math.Asin, -0.95, 0.95), new("Atan", Math.Atan, -8, 8), new("Cosh", Math.Cosh), new("Sinh", Math.Sinh),
        new("Tan", Math.Tan, -1.4, 1.4), new("Acosh", Math.Acosh, 1.1, 9), new("Asinh", Math.Asinh, -9, 9), new("Atanh", Math.Atanh, -0.9, 0.9),
        new("Celu", x => x > 0 ? x : 1.5 * (Math.Exp(x / 1.5) - 1), Attributes: [("alpha", 1.5f)]),
        new("Elu", x => x > 0 ? x : Math.Exp(x) - 1), new("Elu", x => x > 0 ? x : 2 * (Math.Exp(x) - 1), Attributes: [("alpha", 2f)], Kinks: [0]),
        new("HardSigmoid", x => Math.Clamp(0.2 * x + 0.5, 0, 1), Kinks: [-2.5, 2.5]),
        new("HardSigmoid", x => Math.Clamp(0.5 * x + 0.25, 0, 1), Attributes: [("alpha", 0.5f), ("beta", 0.25f)], Kinks: [-0.5, 1.5]),
        new("LeakyRelu", x => x > 0 ? x : 0.01 * x, Kinks: [0]), new("LeakyRelu", x => x > 0 ? x : 0.25 * x, Attributes: [("alpha", 0.25f)], Kinks: [0]),
        new("Selu", x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.Exp(x) - 1)), Kinks: [0]),
        new("Selu", x => 3 * (x > 0 ? x : 2 * (Math.Exp(x) - 1)), Attributes: [("alpha", 2f), ("gamma", 3f)], Kinks: [0]),
        new("ThresholdedRelu", x => x > 1 ? x : 0, Kinks: [1]), new("ThresholdedRelu", x => x > 0.5 ? x : 0, Attributes: [("alpha", 0.5f)], Kinks: [0.5]),
        new("Shrink", x => Math.Abs(x) > 0.5 ? x : 0, Kinks: [-0.5, 0.5]),
        new("Shrink", x => x < -1 ? x + 0.25 : x > 1 ? x - 0.25 : 0, Attributes: [("lambd", 1f), ("bias", 0.25f)], Kinks: [-1, 1]),
        new("Swish", x => x * Sigmoid(x)), new("Swish", x => x * Sigmoid(2 * x), Attributes: [("alpha", 2f)]),
        new("Gelu", x => x * Phi(x)), new("Gelu", x => x * Phi(x), Attributes: [("approximate", "none")]),
        new("Gelu", x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))), Attributes: [("approximate", "tanh")]),
        new("Clip", x => x), new("Clip", x => Math.Max(x, -0.5), Attributes: [("min", -0.5f)], Kinks: [-0.5]),
        new("Clip", x => Math.Min(x, 0.75), Attributes: [("max", 0.75f)], Kinks: [0.75]),
        new("Clip", x => Math.Clamp(x, -1, 2), Attributes: [("min", -1f), ("max", 2f)], Kinks: [-1, 2]),
    ];

    public static TheoryData<int, string> Names()
    {
        var data = new TheoryData<int, string>();
        for (int i = 0; i < Cases.Length; i++)
            data.Add(i, Cases[i].Op);
        return data;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Value_and_slope(int number, string op)
    {
        var test = Cases[number];
        var attributes = Tensors.With(test.Attributes ?? []);
        foreach (long[] shape in new long[][] { [], [0, 3], [17], [3, 20001] })
        {
            var x = Tensors.Random(shape, 1, test.Low, test.High);
            var values = x.As<float>().ToArray();
            var y = KernelProbe.Run(op, [x], shape.Text(), attributes);
            y.ShouldBe(i => test.F(values[i]), 2e-6, op);
            if (HasNoGradientOp.Contains(op))
                continue;
            var dy = Tensors.Random(shape, 2);
            var cotangents = dy.As<float>().ToArray();

            // docs/core-ops.md: these four read the result, the others the operand.
            bool fromResult = op is "Relu" or "Sigmoid" or "Tanh" or "Sqrt";
            var dx = KernelProbe.Run("grad." + op, [dy, fromResult ? y : x], shape.Text(), attributes);
            dx.ShouldBe(
                i => test.Kinks?.Any(k => Math.Abs(k - values[i]) < 1e-3) == true ? dx.As<float>()[i] : cotangents[i] * Tensors.Slope(test.F, values[i]),
                2e-5,
                "grad." + op);
        }
    }

    [Theory]
    [InlineData("Abs", 0f, 0f)]
    [InlineData("LeakyRelu", 0f, 0.01f)]
    [InlineData("Clip", -1f, 1f)]
    [InlineData("Clip", 2f, 1f)]
    [InlineData("HardSwish", -3f, -0.5f)]
    [InlineData("HardSwish", 3f, 1.5f)]
    [InlineData("ThresholdedRelu", 1f, 0f)]
    [InlineData("Shrink", 0.5f, 0f)]
    public void At_kinks_the_slope_is_torchs(string op, float x, float slope)
    {
        var attributes = op == "Clip" ? Tensors.With(("min", -1f), ("max", 2f)) : Attributes.Empty;
        Assert.Equal(slope, KernelProbe.Run("grad." + op, [TensorData.Floats([1], 1), TensorData.Floats([1], x)], "f32[1]", attributes).As<float>()[0]);
    }

    [Theory]
    [InlineData("Asin", 1f, 1.5707964f)]
    [InlineData("Acos", -1f, 3.1415927f)]
    [InlineData("Acos", 2f, float.NaN)]
    [InlineData("Atan", float.NegativeInfinity, -1.5707964f)]
    [InlineData("Atanh", -1f, float.NegativeInfinity)]
    [InlineData("Acosh", 1f, 0f)]
    [InlineData("Acosh", 1e30f, 69.770702f)]
    [InlineData("Asinh", -1e30f, -69.770702f)]
    [InlineData("Asinh", 1e-20f, 1e-20f)]
    [InlineData("Sinh", 89f, 2.2448062e38f)]
    [InlineData("Cosh", -89f, 2.2448062e38f)]
    [InlineData("Sinh", 1e-10f, 1e-10f)]
    [InlineData("Sinh", float.NegativeInfinity, float.NegativeInfinity)]
    [InlineData("Tan", 100f, -0.58721392f)]
    public void Ends_of_the_range(string op, float x, float expected)
    {
        float y = KernelProbe.Run(op, [TensorData.Floats([1], x)], "f32[1]").As<float>()[0];
        Assert.True(y.Equals(expected) || Math.Abs(y - expected) <= 2e-6 * Math.Abs(expected), $"{y:R}");
    }

    [Fact]
    public void Negation_of_bools() =>
        Assert.Equal([0, 1, 0], KernelProbe.Run("Not", [TensorData.Of<byte>(DType.Bool, [3], [1, 0, 1])], "bool[3]").As<byte>().ToArray());
}
