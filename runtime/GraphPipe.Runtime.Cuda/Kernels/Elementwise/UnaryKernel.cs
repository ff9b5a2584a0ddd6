using GraphPipe.Bundle;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>y = f(x), element by element, f32.</summary>
[KernelFamily(typeof(IUnary))]
public sealed class UnaryKernel<TOp> : ElementwiseKernel
    where TOp : struct, IUnary
{
    public override ElementFunction? Function(KernelBinding binding) => binding.AllAre(DType.F32)
        ? ElementFunction.Of(binding, (Func<float, OpConstants, float>)OfFloat<TOp>.Apply, 0) with { Constants = TOp.Constants(binding.Attributes) }
        : null;
}

/// <summary>As <see cref="UnaryKernel{TOp}"/>, and under a name with <c>grad.</c> dx = dy·f': one class serves both ops of a function.</summary>
[KernelFamily(typeof(IDifferentiable))]
public sealed class DifferentiableKernel<TOp> : ElementwiseKernel
    where TOp : struct, IDifferentiable
{
    private readonly UnaryKernel<TOp> _function = new();

    public override ElementFunction? Function(KernelBinding binding) =>
        !binding.IsGradient ? _function.Function(binding)
        : binding.AllAre(DType.F32) ? ElementFunction.Of(binding, (Func<float, float, OpConstants, float>)OfGradient<TOp>.Gradient, 0, 1) with { Constants = TOp.Constants(binding.Attributes) }
        : null;
}
