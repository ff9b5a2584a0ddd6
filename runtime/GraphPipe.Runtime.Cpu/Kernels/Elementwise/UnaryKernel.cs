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

    private sealed class Call(TOp op, long count) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body { Op = op, X = context.Input<float>(0), Y = context.Output<float>(0) };
            context.For(count, Grain.Elements, ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public TOp Op;
        public float* X;
        public float* Y;

        public readonly void Run(long from, long to, int worker) => UnaryLoops.Forward(Op, X + from, Y + from, to - from);
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

    private sealed class Call(TOp op, long count, bool hasValue) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            float* value = hasValue ? context.Input<float>(1) : null;
            var body = new Body { Op = op, Dy = context.Input<float>(0), Value = value, Dx = context.Output<float>(0) };
            context.For(count, Grain.Elements, ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public TOp Op;
        public float* Dy;
        public float* Value;
        public float* Dx;

        public readonly void Run(long from, long to, int worker)
        {
            float* value = Value == null ? null : Value + from;
            UnaryLoops.Backward(Op, Dy + from, value, value, Dx + from, to - from);
        }
    }
}
