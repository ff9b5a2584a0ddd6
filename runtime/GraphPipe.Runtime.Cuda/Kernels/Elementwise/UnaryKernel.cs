using GraphPipe.Bundle;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>y = f(x), and under a name with <c>grad.</c> dx = dy·f', element by element, f32: one class serves both ops of a function.</summary>
/// <typeparam name="TOp">The function.</typeparam>
[KernelFamily(typeof(IUnary))]
public sealed class UnaryKernel<TOp> : ElementwiseKernel
    where TOp : struct, IUnary
{
    public override ElementFunction? Function(KernelBinding binding)
    {
        if (!binding.AllAre(DType.F32))
            return null;

        // A gradient that needs dy alone reads it twice.
        var function = binding.IsGradient
            ? ElementFunction.Of(binding, (Func<float, float, OpConstants, float>)OfFloat<TOp>.Gradient, 0, binding.HasInput(1) ? 1 : 0)
            : ElementFunction.Of(binding, (Func<float, OpConstants, float>)OfFloat<TOp>.Apply, 0);
        return function with { Constants = TOp.Constants(binding.Attributes) };
    }
}
