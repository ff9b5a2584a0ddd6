using GraphPipe.Bundle;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>y = f(a, b, c) with numpy broadcasting, f32.</summary>
[KernelFamily(typeof(ITernary))]
public sealed class TernaryKernel<TOp> : ElementwiseKernel
    where TOp : struct, ITernary
{
    public override ElementFunction? Function(KernelBinding binding) => Of(binding, 0, 1, 2);

    /// <param name="order">Which operands are a, b and c.</param>
    internal static ElementFunction? Of(KernelBinding binding, params int[] order) =>
        binding.AllAre(DType.F32) ? ElementFunction.Of(binding, (Func<float, float, float, float>)OfThreeFloats<TOp>.Apply, order) : null;
}

/// <summary>The gradient of a function whose operands may change places, for the operand <c>side</c>; of dY's shape, f32.</summary>
[KernelFamily(typeof(ISidedGradient))]
public sealed class SidedGradientKernel<TOp> : ElementwiseKernel
    where TOp : struct, ISidedGradient
{
    public override ElementFunction? Function(KernelBinding binding) =>
        binding.Attributes.Int("side", 0) == 0 ? TernaryKernel<TOp>.Of(binding, 0, 1, 2) : TernaryKernel<TOp>.Of(binding, 0, 2, 1);
}
