using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The gradient of a reduction element by element: dY and Y are spread over X. f32.</summary>
[KernelFamily(typeof(IReductionGradient))]
public sealed class ReductionGradientKernel<TOp> : CpuKernel
    where TOp : struct, IReductionGradient
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (!binding.AllAre(DType.F32))
            return null;
        var shape = binding.Output(0).Shape.AsSpan();
        long[] kept = Axes.Kept(shape, Axes.Folded(binding.Attributes, shape.Length));
        return new TernaryCall<TOp>(BroadcastPlan.Create(kept, shape, kept), (0, 1, 2));
    }
}
