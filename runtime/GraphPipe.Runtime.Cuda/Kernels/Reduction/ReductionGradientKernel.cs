using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>The gradient of a reduction element by element: dY and Y are spread over X. f32.</summary>
[KernelFamily(typeof(IReductionGradient))]
public sealed class ReductionGradientKernel<TOp> : ElementwiseKernel
    where TOp : struct, IReductionGradient
{
    public override ElementFunction? Function(KernelBinding binding)
    {
        var x = binding.Output(0);
        long[] kept = Axes.Kept(x.Shape.AsSpan(), Axes.Folded(binding.Attributes, x.Rank));
        return TernaryKernel<TOp>.Of(binding, 0, 1, 2) is { } function
            ? function with { Operands = [new ElementOperand(0, [.. kept]), new ElementOperand(1, x.Shape), new ElementOperand(2, [.. kept])] }
            : null;
    }
}
