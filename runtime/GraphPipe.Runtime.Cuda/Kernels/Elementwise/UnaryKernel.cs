using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>y = f(x), and under a name with <c>grad.</c> dx = dy·f'(v), element by element, f32: one class serves both ops of a function.</summary>
/// <typeparam name="TOp">The function.</typeparam>
public abstract class UnaryKernel<TOp> : ElementwiseKernel
    where TOp : struct, IUnary
{
    /// <summary>The op's attributes as the function's constants; an op without attributes leaves this as it is.</summary>
    protected virtual OpConstants Constants(Attributes attributes) => default;

    public override ElementFunction? Function(KernelBinding binding)
    {
        if (!binding.AllAre(DType.F32))
            return null;
        bool isGradient = binding.Call.Kernel.StartsWith("grad.", StringComparison.Ordinal);

        // A gradient that needs dy alone reads it twice.
        var function = isGradient
            ? ElementFunction.Of(binding, (Func<float, float, OpConstants, float>)TOp.Gradient, 0, binding.HasInput(1) ? 1 : 0)
            : ElementFunction.Of(binding, (Func<float, OpConstants, float>)TOp.Apply, 0);
        return function with { Constants = Constants(binding.Attributes) };
    }
}
