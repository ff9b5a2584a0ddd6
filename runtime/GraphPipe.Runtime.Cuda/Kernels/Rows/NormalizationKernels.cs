using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>Y = (X − Mean)·InvStdDev·Scale + Bias over the axes from <c>axis</c> on, or over each plane of [N, C, …]; also gives Mean and InvStdDev. f32.</summary>
[Kernel("LayerNormalization")]
[Kernel("InstanceNormalization")]
public sealed class NormalizationKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var n = NormalizedRows.Of(binding, binding.Input(0));
        bool hasBias = binding.HasInput(2);
        long scales = n.Channels == 0 ? n.Columns : n.Channels;
        if (!binding.AllAre(DType.F32) || binding.Input(1).Count != scales || (hasBias && binding.Input(2).Count != scales))
            return null;
        n.HasBias = hasBias ? 1 : 0;
        n.Epsilon = binding.Attributes.Float("epsilon", 1e-5f);

        // Statistics that nobody reads go to working memory, which holds those of so many rows.
        if ((!binding.HasOutput(1) || !binding.HasOutput(2)) && n.Rows > LaunchBinder.ScratchBytes.Value / sizeof(float) / 2)
            return null;
        return new LaunchCall(launches.Launch(
            NormalizationCode.Forward,
            new LaunchShape(n.Columns == 0 ? 0 : n.Rows, GroupFold.Threads),
            n,
            Operand.Input(0, binding), Operand.Input(1, binding), hasBias ? Operand.Input(2, binding) : Operand.Input(1, binding),
            Operand.Output(0, binding), Operand.OutputOrScratch(1, binding), Operand.OutputOrScratch(2, binding)));
    }
}

/// <summary>The gradient of a normalisation's X, from dY, X, Scale and the forward's statistics, f32.</summary>
[Kernel("grad.LayerNormalizationX")]
[Kernel("grad.InstanceNormalizationX")]
public sealed class NormalizationXGradientKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var n = NormalizedRows.Of(binding, binding.Input(1));
        return binding.AllAre(DType.F32) && binding.Input(2).Count == (n.Channels == 0 ? n.Columns : n.Channels)
            ? new LaunchCall(launches.Launch(
                NormalizationCode.InputGradient,
                new LaunchShape(n.Columns == 0 ? 0 : n.Rows, GroupFold.Threads),
                n,
                Operand.Input(0, binding), Operand.Input(1, binding), Operand.Input(2, binding), Operand.Input(3, binding), Operand.Input(4, binding), Operand.Output(0, binding)))
            : null;
    }
}

/// <summary>The gradient of a normalisation's Scale: Σ dY·X̂ over the rows, or over each channel. f32.</summary>
[Kernel("grad.LayerNormalizationScale")]
[Kernel("grad.InstanceNormalizationScale")]
public sealed class NormalizationScaleGradientKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var n = NormalizedRows.Of(binding, binding.Input(1));
        int scales = n.Channels == 0 ? n.Columns : n.Channels;
        return binding.AllAre(DType.F32) && binding.Output(0).Count == scales
            ? new LaunchCall(launches.Launch(
                NormalizationCode.ScaleGradient,
                new LaunchShape(scales, GroupFold.Threads),
                n,
                Operand.Input(0, binding), Operand.Input(1, binding), Operand.Input(2, binding), Operand.Input(3, binding), Operand.Output(0, binding)))
            : null;
    }
}

/// <summary>Which rows a normalisation has.</summary>
internal static class NormalizedRows
{
    public static NormalizationNumbers Of(KernelBinding binding, OperandType x)
    {
        if (binding.Call.Kernel.Contains("Instance", StringComparison.Ordinal))
            return new NormalizationNumbers { Rows = (int)x.CountOf(0, 2), Columns = (int)x.CountOf(2, x.Rank), Channels = (int)x.Shape[1] };
        int axis = Axes.Of(binding.Attributes, x.Rank, -1);
        return new NormalizationNumbers { Rows = (int)x.CountOf(0, axis), Columns = (int)x.CountOf(axis, x.Rank) };
    }
}
