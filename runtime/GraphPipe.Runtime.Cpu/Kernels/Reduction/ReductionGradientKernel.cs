using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The gradient (dY, X, Y) of a reduction that is a function of dy, x and y element by element; dY and Y are spread over X. f32.</summary>
public abstract class ReductionGradientKernel<TOp> : CpuKernel
    where TOp : struct, ITernary
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

/// <summary>dy·sign(x).</summary>
[Kernel("grad.ReduceL1")]
public sealed class ReduceL1GradientKernel : ReductionGradientKernel<L1Gradient>;

/// <summary>dy·x/y, 0 where y is 0.</summary>
[Kernel("grad.ReduceL2")]
public sealed class ReduceL2GradientKernel : ReductionGradientKernel<L2Gradient>;

/// <summary>2·dy·x.</summary>
[Kernel("grad.ReduceSumSquare")]
public sealed class ReduceSumSquareGradientKernel : ReductionGradientKernel<SumSquareGradient>;

/// <summary>dy/Σx.</summary>
[Kernel("grad.ReduceLogSum")]
public sealed class ReduceLogSumGradientKernel : ReductionGradientKernel<LogSumGradient>;

/// <summary>dy·e^(x - y).</summary>
[Kernel("grad.ReduceLogSumExp")]
public sealed class ReduceLogSumExpGradientKernel : ReductionGradientKernel<LogSumExpGradient>;
