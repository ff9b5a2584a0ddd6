using GraphPipe.Bundle;
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

/// <summary>The attributes <c>starts</c>, <c>steps</c> and <c>axes</c>, spread over all axes of what is sliced.</summary>
internal static class SliceView
{
    public static (long[] Starts, long[] Steps) Of(Attributes attributes, OperandType sliced)
    {
        long[] starts = new long[sliced.Rank], steps = new long[sliced.Rank];
        Array.Fill(steps, 1);
        var (listed, axes) = (attributes.Ints("starts") ?? [], attributes.Ints("axes"));
        for (int i = 0; i < listed.Length; i++)
        {
            long axis = axes?[i] ?? i;
            axis = axis < 0 ? axis + sliced.Rank : axis;
            starts[axis] = listed[i] < 0 ? listed[i] + sliced.Shape[(int)axis] : listed[i];
            steps[axis] = attributes.Ints("steps")?[i] ?? 1;
        }

        return (starts, steps);
    }
}
