using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>y = f(x), and under a name with <c>grad.</c> dx = dy·f'(v), element by element, f32: one class serves both ops of a function.</summary>
/// <typeparam name="TOp">The function.</typeparam>
public abstract class UnaryKernel<TOp> : CudaKernel
    where TOp : struct, IUnary
{
    /// <summary>The op's attributes as the function's constants; an op without attributes leaves this as it is.</summary>
    protected virtual OpConstants Constants(Attributes attributes) => default;

    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (!binding.AllAre(DType.F32))
            return null;
        int count = (int)binding.Output(0).Count;
        var elements = new Elements { Count = count, Constants = Constants(binding.Attributes) };
        if (!binding.Call.Kernel.StartsWith("grad.", StringComparison.Ordinal))
        {
            return new LaunchCall(launches.Launch(
                ElementwiseCode.Unary<TOp>, LaunchShape.Over(count), elements, Operand.Input(0, binding), Operand.Output(0, binding)));
        }

        // A gradient that needs dy alone reads it twice.
        var value = Operand.Input(binding.HasInput(1) ? 1 : 0, binding);
        return new LaunchCall(launches.Launch(
            ElementwiseCode.UnaryGradient<TOp>, LaunchShape.Over(count), elements, Operand.Input(0, binding), value, Operand.Output(0, binding)));
    }
}
