using GraphPipe.Bundle;
using GraphPipe.Runtime.Elements;

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
                Constants = new OpConstants(count),
            }
            : null;
    }

    internal readonly struct Op
    {
        public static float Apply(float dy, OpConstants c) => dy / c.A;
    }
}
