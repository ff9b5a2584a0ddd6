using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>dy/n for each of the n elements that were folded; f32.</summary>
[Kernel("grad.ReduceMean")]
public sealed class ReduceMeanGradientKernel : ElementwiseKernel
{
    public override ElementFunction? Function(KernelBinding binding)
    {
        var x = binding.Output(0);
        ulong folded = Axes.Folded(binding.Attributes, x.Rank);
        float count = 1;
        for (int axis = 0; axis < x.Rank; axis++)
            count *= Axes.IsFolded(folded, axis) ? x.Shape[axis] : 1;
        return binding.AllAre(DType.F32)
            ? ElementFunction.Of(binding, (Func<float, OpConstants, float>)Op.Apply) with
            {
                Operands = [new ElementOperand(0, [.. Axes.Kept(x.Shape.AsSpan(), folded)])],
                Constants = new OpConstants { A = count },
            }
            : null;
    }

    internal readonly struct Op
    {
        public static float Apply(float dy, OpConstants c) => dy / c.A;
    }
}

/// <summary>The gradient (dY, X, Y) of a reduction that is a function of dy, x and y element by element; dY and Y are spread over X. f32.</summary>
public abstract class ReductionGradientKernel<TOp> : TernaryKernel<TOp>
    where TOp : struct, ITernary
{
    protected override long[] ShapeOf(KernelBinding binding, int input)
    {
        var x = binding.Output(0);
        return input == 1 ? [.. x.Shape] : Axes.Kept(x.Shape.AsSpan(), Axes.Folded(binding.Attributes, x.Rank));
    }
}

/// <summary>dy·sign(x).</summary>
[Kernel("grad.ReduceL1")]
public sealed class ReduceL1GradientKernel : ReductionGradientKernel<ReduceL1GradientKernel.Op>
{
    public readonly struct Op : ITernary
    {
        public static float Apply(float dy, float x, float y) => dy * DeviceMath.Sign(x);
    }
}

/// <summary>dy·x/y, 0 where y is 0.</summary>
[Kernel("grad.ReduceL2")]
public sealed class ReduceL2GradientKernel : ReductionGradientKernel<ReduceL2GradientKernel.Op>
{
    public readonly struct Op : ITernary
    {
        public static float Apply(float dy, float x, float y) => y == 0f ? 0f : dy * (x / y);
    }
}

/// <summary>2·dy·x.</summary>
[Kernel("grad.ReduceSumSquare")]
public sealed class ReduceSumSquareGradientKernel : ReductionGradientKernel<ReduceSumSquareGradientKernel.Op>
{
    public readonly struct Op : ITernary
    {
        public static float Apply(float dy, float x, float y) => dy * (x + x);
    }
}

/// <summary>dy/Σx.</summary>
[Kernel("grad.ReduceLogSum")]
public sealed class ReduceLogSumGradientKernel : ReductionGradientKernel<ReduceLogSumGradientKernel.Op>
{
    public readonly struct Op : ITernary
    {
        public static float Apply(float dy, float x, float y) => dy * DeviceMath.Exp(-y);
    }
}

/// <summary>dy·e^(x - y).</summary>
[Kernel("grad.ReduceLogSumExp")]
public sealed class ReduceLogSumExpGradientKernel : ReductionGradientKernel<ReduceLogSumExpGradientKernel.Op>
{
    public readonly struct Op : ITernary
    {
        public static float Apply(float dy, float x, float y) => dy * DeviceMath.Exp(x - y);
    }
}
