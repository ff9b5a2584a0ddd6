using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Kernels;

/// <summary>Kernels against PyTorch's outputs and gradients.</summary>
public class TorchGradientTests
{
    private const double Tolerance = 5e-5;

    [Fact]
    public void Softmax() => Each("Softmax", c => Backward(c, "grad.Softmax", 0, c.Cotangent, Forward(c, "Softmax", c.Input(0))));

    [Fact]
    public void LogSoftmax() => Each("LogSoftmax", c => Backward(c, "grad.LogSoftmax", 0, c.Cotangent, Forward(c, "LogSoftmax", c.Input(0))));

    [Fact]
    public void MatMul() => Each("MatMul", c => Forward(c, "MatMul", c.Input(0), c.Input(1) ?? c.Input(0)));

    [Fact]
    public void Gemm() => Each("Gemm", c => Forward(c, "Gemm", c.Input(0), c.Input(1), c.Input(2)));

    [Fact]
    public void LayerNormalization() => Each("LayerNormalization", c =>
    {
        var x = c.Input(0)!;
        int axis = (int)c.Attributes.Int("axis", -1);
        var statistics = KernelProbe.Floats([.. x.Shape.Select((d, i) => i < (axis < 0 ? axis + x.Shape.Length : axis) ? d : 1)]);
        var y = KernelProbe.Run("LayerNormalization", c.Attributes, [x, c.Input(1), c.Input(2)], [KernelProbe.Floats([.. x.Shape]), statistics, statistics]);
        c.Output.ShouldEqual(y[0], Tolerance, c.Name);
        Backward(c, "grad.LayerNormalizationX", 0, c.Cotangent, x, c.Input(1), y[1], y[2]);
        Backward(c, "grad.LayerNormalizationScale", 1, c.Cotangent, x, y[1], y[2]);
    });

    [Fact]
    public void InstanceNormalization() => Each("InstanceNormalization", c =>
    {
        var x = c.Input(0)!;
        var statistics = KernelProbe.Floats([.. x.Shape[..2]]);
        var y = KernelProbe.Run("InstanceNormalization", c.Attributes, [x, c.Input(1), c.Input(2)], [KernelProbe.Floats([.. x.Shape]), statistics, statistics]);
        c.Output.ShouldEqual(y[0], Tolerance, c.Name);
        Backward(c, "grad.InstanceNormalizationX", 0, c.Cotangent, x, c.Input(1), y[1], y[2]);
        Backward(c, "grad.InstanceNormalizationScale", 1, c.Cotangent, x, y[1], y[2]);
    });

    [Fact]
    public void Gather() => Each("Gather", c =>
    {
        Forward(c, "Gather", c.Input(0), c.Input(1));
        Backward(c, "grad.Gather", 0, c.Cotangent, c.Input(1));
    });

    [Fact]
    public void GatherElements() => Each("GatherElements", c =>
    {
        Forward(c, "GatherElements", c.Input(0), c.Input(1));
        Backward(c, "grad.GatherElements", 0, c.Cotangent, c.Input(1));
    });

    [Fact]
    public void Conv() => Each("Conv", c =>
    {
        Forward(c, "Conv", c.Input(0), c.Input(1), c.Input(2));
        Backward(c, "grad.ConvX", 0, c.Cotangent, c.Input(1));
        Backward(c, "grad.ConvW", 1, c.Cotangent, c.Input(0));
    });

    [Fact]
    public void AveragePool() => Each("AveragePool", c =>
    {
        Forward(c, "AveragePool", c.Input(0));
        Backward(c, "grad.AveragePool", 0, c.Cotangent);
    });

    [Fact]
    public void MaxPool() => Each("MaxPool", c =>
    {
        Forward(c, "MaxPool", c.Input(0));
        Backward(c, "grad.MaxPool", 0, c.Cotangent, c.Input(0));
    });

    private static void Each(string op, Action<TorchCase> check)
    {
        Assert.SkipWhen(TorchCase.Folder() is null, "no ../shared/data/gradient-cases beside the checkout");
        int count = 0;
        foreach (var c in TorchCase.Of(op))
        {
            check(c);
            count++;
        }

        Assert.NotEqual(0, count);
    }

    private static TensorData Forward(TorchCase c, string op, params TensorData?[] inputs)
    {
        var y = KernelProbe.Run(op, c.Attributes, inputs, [.. c.Output.Shape]);
        c.Output.ShouldEqual(y, Tolerance, c.Name);
        return y;
    }

    private static void Backward(TorchCase c, string op, int operand, params TensorData?[] inputs)
    {
        var expected = c.Gradient(operand);
        expected.ShouldEqual(KernelProbe.Run(op, c.Attributes, inputs, [.. expected.Shape]), Tolerance, $"{c.Name} {op}");
    }
}
