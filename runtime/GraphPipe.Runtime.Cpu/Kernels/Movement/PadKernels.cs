using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>
/// The operand with <c>pads</c> elements more (or fewer, if negative) before and behind every axis: <c>value</c> or zero, or what <c>mode</c>
/// <c>edge</c>, <c>reflect</c> or <c>wrap</c> finds inside. Any type.
/// </summary>
[Kernel("Pad")]
public sealed class PadKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var (x, y) = (binding.Input(0), binding.Output(0));
        if (PaddedAxis.All(binding.Attributes, x) is not { } axes)
            return null;
        Filling? fill = null;
        if (PaddedAxis.IsConstant(binding.Attributes))
        {
            fill = Filling.Of(y, binding.Attributes.Float("value", 0));
            if (fill is null)
                return null;
        }

        return MoveCall.Of(y.Type, [.. PaddedAxis.Views(axes, x, y).Select(v => new Move(0, 0, Plan(v)))], fill);
    }

    internal static CopyPlan Plan(PadView v) => CopyPlan.Create(v.Dims, v.SourceStrides, v.TargetStrides, v.SourceOffset, v.TargetOffset);
}

/// <summary>The part of dY that came from each element, summed where a mode took it several times; f32.</summary>
[Kernel("grad.Pad")]
public sealed unsafe class PadGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var (dy, dx) = (binding.Input(0), binding.Output(0));
        if (!binding.AllAre(DType.F32) || PaddedAxis.All(binding.Attributes, dx) is not { } axes)
            return null;
        return new Call([.. PaddedAxis.Views(axes, dx, dy).Select(PadKernel.Plan)], Filling.Zeros(dx));
    }

    // One thread: the views overlap in dX, and their order is the order of the sums.
    private sealed class Call(CopyPlan[] views, Filling zeros) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            zeros.Run(context.Output(0));
            foreach (ref readonly var view in views.AsSpan())
                StridedSum.Run(view, context.Input<float>(0), context.Output<float>(0));
        }
    }
}
