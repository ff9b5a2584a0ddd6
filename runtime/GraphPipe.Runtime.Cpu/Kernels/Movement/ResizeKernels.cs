using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>X made longer or shorter along <c>axis</c>, f32: the nearest entry, or two or four of them weighted (<see cref="ResizeWeights"/>).</summary>
[Kernel("Resize")]
public sealed class ResizeKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var (x, y) = (binding.Input(0), binding.Output(0));
        int axis = Axes.Of(binding.Attributes, x.Rank);
        if (!binding.AllAre(DType.F32) || !binding.Attributes.Has("axis"))
            return null;
        var weights = ResizeWeights.Of(binding.Attributes, checked((int)x.Shape[axis]), checked((int)y.Shape[axis]));
        return weights is null ? null : new ResizeCall(weights, x.CountOf(0, axis), x.CountOf(axis + 1, x.Rank));
    }
}

/// <summary>dX of Resize: the same weights the other way, contributions in the order of dY.</summary>
[Kernel("grad.Resize")]
public sealed class ResizeGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var (dy, dx) = (binding.Input(0), binding.Output(0));
        int axis = Axes.Of(binding.Attributes, dy.Rank);
        if (!binding.AllAre(DType.F32))
            return null;
        var weights = ResizeWeights.Of(binding.Attributes, checked((int)dx.Shape[axis]), checked((int)dy.Shape[axis]));
        return weights is null ? null : new ResizeCall(weights.Transposed(), dy.CountOf(0, axis), dy.CountOf(axis + 1, dy.Rank));
    }
}

internal sealed unsafe class ResizeCall(AxisWeights weights, long outer, long inner) : CpuCall
{
    public override void Run(in KernelContext context)
    {
        var body = new Body { X = context.Input<float>(0), Y = context.Output<float>(0), Inner = inner, Weights = weights };
        context.For(outer * weights.Outputs, Grain.Of(inner * Math.Max(1, weights.Taps)), ref body);
    }

    private struct Body : IRangeBody
    {
        public float* X;
        public float* Y;
        public long Inner;
        public AxisWeights Weights;

        public readonly void Run(long from, long to, int worker) => AxisWeightLoops.Run(Weights, X, Y, Inner, from, to);
    }
}
