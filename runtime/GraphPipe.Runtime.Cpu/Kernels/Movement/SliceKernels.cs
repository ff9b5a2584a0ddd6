using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Elements start, start + step, … of each of <c>axes</c>; any type.</summary>
[Kernel("Slice")]
public sealed class SliceKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var (x, y) = (binding.Input(0), binding.Output(0));
        var (starts, steps) = SliceView.Of(binding.Attributes, x);
        return MoveCall.Of(x.Type, CopyPlan.Slice(x.Shape.AsSpan(), starts, steps, y.Shape.AsSpan()));
    }
}

/// <summary>dY where the slice took its elements from, zeros elsewhere.</summary>
[Kernel("grad.Slice")]
public sealed class SliceGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var (dy, dx) = (binding.Input(0), binding.Output(0));
        var (starts, steps) = SliceView.Of(binding.Attributes, dx);
        return MoveCall.Of(dx.Type, CopyPlan.Into(dx.Shape.AsSpan(), starts, steps, dy.Shape.AsSpan()), Filling.Zeros(dx));
    }
}
