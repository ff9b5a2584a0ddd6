using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>y = f(x), element by element, f32.</summary>
/// <typeparam name="TOp">The function; its fields are the op's attributes.</typeparam>
public abstract unsafe class UnaryKernel<TOp> : CpuKernel
    where TOp : unmanaged, IUnary
{
    /// <summary>The function with its attributes; an op without attributes leaves this as it is.</summary>
    protected virtual TOp Op(Attributes attributes) => default;

    public override CpuCall? Bind(KernelBinding binding) =>
        binding.AllAre(DType.F32) ? new Call(Op(binding.Attributes), binding.Output(0).Count) : null;

    private sealed class Call(TOp op, long count) : ElementwiseCall(count)
    {
        public override void Run(byte** inputs, byte** outputs, long from, long to) =>
            UnaryLoops.Forward(op, (float*)inputs[0] + from, (float*)outputs[0] + from, to - from);
    }
}

/// <summary>dx = dy·f'(x), element by element, f32. The second operand is f's input or its result, whichever the op's gradient reads.</summary>
/// <typeparam name="TOp">The function; its fields are the op's attributes.</typeparam>
public abstract unsafe class UnaryGradientKernel<TOp> : CpuKernel
    where TOp : unmanaged, IUnary
{
    /// <inheritdoc cref="UnaryKernel{TOp}.Op"/>
    protected virtual TOp Op(Attributes attributes) => default;

    public override CpuCall? Bind(KernelBinding binding) =>
        binding.AllAre(DType.F32) ? new Call(Op(binding.Attributes), binding.Output(0).Count, binding.InputCount > 1) : null;

    private sealed class Call(TOp op, long count, bool hasValue) : ElementwiseCall(count)
    {
        public override void Run(byte** inputs, byte** outputs, long from, long to)
        {
            float* value = hasValue ? (float*)inputs[1] + from : null;
            UnaryLoops.Backward(op, (float*)inputs[0] + from, value, value, (float*)outputs[0] + from, to - from);
        }
    }
}
