using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>y = f(x), element by element, f32.</summary>
[KernelFamily(typeof(IUnary))]
public sealed unsafe class UnaryKernel<TOp> : CpuKernel
    where TOp : struct, IUnary
{
    public override CpuCall? Bind(KernelBinding binding) =>
        binding.AllAre(DType.F32) ? new Call(TOp.Constants(binding.Attributes), binding.Output(0).Count) : null;

    private sealed class Call(OpConstants constants, long count) : ElementwiseCall(count)
    {
        public override void Run(byte** inputs, byte** outputs, long from, long to) =>
            UnaryLoops.Forward<TOp>(constants, (float*)inputs[0] + from, (float*)outputs[0] + from, to - from);
    }
}

/// <summary>As <see cref="UnaryKernel{TOp}"/>, and under a name with <c>grad.</c> dx = dy·f': one class serves both ops of a function.</summary>
[KernelFamily(typeof(IDifferentiable))]
public sealed unsafe class DifferentiableKernel<TOp> : CpuKernel
    where TOp : struct, IDifferentiable
{
    private readonly UnaryKernel<TOp> _function = new();

    public override CpuCall? Bind(KernelBinding binding) =>
        !binding.IsGradient ? _function.Bind(binding)
        : binding.AllAre(DType.F32) ? new Gradient(TOp.Constants(binding.Attributes), binding.Output(0).Count)
        : null;

    private sealed class Gradient(OpConstants constants, long count) : ElementwiseCall(count)
    {
        public override void Run(byte** inputs, byte** outputs, long from, long to) =>
            UnaryLoops.Backward<TOp>(constants, (float*)inputs[0] + from, (float*)inputs[1] + from, (float*)outputs[0] + from, to - from);
    }
}
