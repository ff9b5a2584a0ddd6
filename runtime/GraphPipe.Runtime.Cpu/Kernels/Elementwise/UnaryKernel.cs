using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>y = f(x), and under a name with <c>grad.</c> dx = dy·f', element by element, f32: one class serves both ops of a function.</summary>
[KernelFamily(typeof(IUnary))]
public sealed unsafe class UnaryKernel<TOp> : CpuKernel
    where TOp : struct, IUnary
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (!binding.AllAre(DType.F32))
            return null;
        var constants = TOp.Constants(binding.Attributes);
        long count = binding.Output(0).Count;
        return binding.IsGradient ? new Gradient(constants, count, binding.HasInput(1) ? 1 : 0) : new Function(constants, count);
    }

    private sealed class Function(OpConstants constants, long count) : ElementwiseCall(count)
    {
        public override void Run(byte** inputs, byte** outputs, long from, long to) =>
            UnaryLoops.Forward<TOp>(constants, (float*)inputs[0] + from, (float*)outputs[0] + from, to - from);
    }

    /// <param name="value">Which operand is the value that the gradient reads.</param>
    private sealed class Gradient(OpConstants constants, long count, int value) : ElementwiseCall(count)
    {
        public override void Run(byte** inputs, byte** outputs, long from, long to) =>
            UnaryLoops.Backward<TOp>(constants, (float*)inputs[0] + from, (float*)inputs[value] + from, (float*)outputs[0] + from, to - from);
    }
}
