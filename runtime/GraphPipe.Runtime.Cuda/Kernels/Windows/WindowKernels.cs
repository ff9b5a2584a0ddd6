using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>Y = X ∗ W + B with 1 to 3 spatial axes, f32.</summary>
[Kernel("Conv")]
public sealed class ConvKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (!binding.AllAre(DType.F32) || Windows.OfConvolution(binding.Attributes, binding.Input(0), binding.Input(1), binding.Output(0)) is not { } n)
            return null;
        n.HasBias = binding.HasInput(2) ? 1 : 0;
        return new LaunchCall(launches.Launch(
            WindowCode.Convolve,
            LaunchShape.Over(binding.Output(0).Count),
            n,
            Operand.Input(0, binding), Operand.Input(1, binding), binding.HasInput(2) ? Operand.Input(2, binding) : Operand.Scratch(0), Operand.Output(0, binding)));
    }
}

/// <summary>The gradient of a convolution's X, from dY and W; <c>ConvTranspose</c> is the same function as a forward op. f32.</summary>
[Kernel("grad.ConvX")]
[Kernel("ConvTranspose")]
public sealed class ConvXGradientKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (!binding.AllAre(DType.F32) || Windows.OfConvolution(binding.Attributes, binding.Output(0), binding.Input(1), binding.Input(0)) is not { } n)
            return null;
        return new LaunchCall(launches.Launch(
            WindowCode.InputGradient, LaunchShape.Over(binding.Output(0).Count), n, Operand.Input(0, binding), Operand.Input(1, binding), Operand.Output(0, binding)));
    }
}

/// <summary>The gradient of a convolution's W, from dY and X, f32.</summary>
[Kernel("grad.ConvW")]
public sealed class ConvWGradientKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (!binding.AllAre(DType.F32) || Windows.OfConvolution(binding.Attributes, binding.Input(1), binding.Output(0), binding.Input(0)) is not { } n)
            return null;
        return new LaunchCall(launches.Launch(
            WindowCode.WeightGradient,
            new LaunchShape((int)binding.Output(0).Count, GroupFold.Threads),
            n,
            Operand.Input(0, binding), Operand.Input(1, binding), Operand.Output(0, binding)));
    }
}

/// <summary>Pooling of [N, C, …] with 1 to 3 spatial axes, f32. Windows that <c>ceil_mode</c> adds show in the shape already.</summary>
public abstract class PoolKernel : CudaKernel
{
    private protected abstract Delegate Code { get; }

    private protected virtual bool IsGradient => false;

    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var (input, output) = IsGradient ? (binding.Output(0), binding.Input(0)) : (binding.Input(0), binding.Output(0));
        if (!binding.AllAre(DType.F32) || binding.HasOutput(1) || binding.Attributes.Ints("kernel_shape") is not { } kernel
            || Windows.Of(binding.Attributes, kernel.AsSpan(), input, output) is not { } n)
        {
            return null;
        }

        n.CountPad = binding.Attributes.Int("count_include_pad", 0) != 0 ? 1 : 0;
        Operand[] operands = [.. Enumerable.Range(0, binding.InputCount).Select(i => Operand.Input(i, binding)), Operand.Output(0, binding)];
        return new LaunchCall(launches.Launch(Code, LaunchShape.Over(binding.Output(0).Count), n, operands));
    }
}

/// <summary>The mean of each window, over its elements inside the input, or inside the padding too (<c>count_include_pad</c>).</summary>
[Kernel("AveragePool")]
public sealed class AveragePoolKernel : PoolKernel
{
    private protected override Delegate Code => WindowCode.Average;
}

/// <summary>The share of every window's dY that an element gets.</summary>
[Kernel("grad.AveragePool")]
public sealed class AveragePoolGradientKernel : PoolKernel
{
    private protected override Delegate Code => WindowCode.AverageGradient;

    private protected override bool IsGradient => true;
}

/// <summary>The largest element of each window.</summary>
[Kernel("MaxPool")]
public sealed class MaxPoolKernel : PoolKernel
{
    private protected override Delegate Code => WindowCode.Max;
}

/// <summary>dY of every window at its first largest element, zeros elsewhere; of dY and X.</summary>
[Kernel("grad.MaxPool")]
public sealed class MaxPoolGradientKernel : PoolKernel
{
    private protected override Delegate Code => WindowCode.MaxGradient;

    private protected override bool IsGradient => true;
}

/// <summary>Reads the geometry of windows from attributes and shapes.</summary>
internal static class Windows
{
    /// <param name="x">[N, C, spatial…].</param>
    /// <param name="w">[F, C/group, kernel…].</param>
    /// <param name="y">[N, F, spatial…].</param>
    /// <returns>Null for other than 1 to 3 spatial axes.</returns>
    public static WindowNumbers? OfConvolution(Attributes attributes, OperandType x, OperandType w, OperandType y)
    {
        if (w.Rank != x.Rank || x.Rank < 3 || Of(attributes, w.Shape.AsSpan()[2..], x, y) is not { } n)
            return null;
        n.Filters = (int)w.Shape[0];
        n.Groups = (int)attributes.Int("group", 1);
        return n;
    }

    /// <param name="kernel">Lengths of the window.</param>
    /// <param name="x">[N, C, spatial…].</param>
    /// <param name="y">[N, …, spatial…].</param>
    public static WindowNumbers? Of(Attributes attributes, ReadOnlySpan<long> kernel, OperandType x, OperandType y)
    {
        int axes = x.Rank - 2;
        if (axes is < 1 or > 3 || kernel.Length != axes || y.Rank != x.Rank)
            return null;
        Span<WindowAxis> window = [WindowAxis.None, WindowAxis.None, WindowAxis.None];
        for (int i = 0; i < axes; i++)
        {
            window[3 - axes + i] = new WindowAxis
            {
                Input = (int)x.Shape[i + 2],
                Output = (int)y.Shape[i + 2],
                Kernel = (int)kernel[i],
                Stride = At("strides", i, 1),
                Dilation = At("dilations", i, 1),
                Pad = At("pads", i, 0),
                PadEnd = At("pads", i + axes, 0),
            };
        }

        return new WindowNumbers { Samples = (int)x.Shape[0], Channels = (int)x.Shape[1], Filters = (int)x.Shape[1], Groups = 1, D = window[0], H = window[1], W = window[2] };

        int At(string name, int i, int otherwise) => attributes.Ints(name) is { } list && i < list.Length ? (int)list[i] : otherwise;
    }
}
