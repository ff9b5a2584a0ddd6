using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>y = f(a, b, c) with numpy broadcasting, f32: the gradients of operators of two operands.</summary>
public abstract class TernaryKernel<TOp> : CpuKernel
    where TOp : struct, ITernary
{
    public override CpuCall? Bind(KernelBinding binding) => TernaryCall<TOp>.Bind(binding, (0, 1, 2));
}

/// <summary>A bound f(a, b, c).</summary>
internal sealed unsafe class TernaryCall<TOp>(BroadcastPlan plan, (int A, int B, int C) order) : ElementwiseCall(plan.Count)
    where TOp : struct, ITernary
{
    /// <param name="order">Which inputs are a, b and c.</param>
    /// <returns>Null for other element types than f32.</returns>
    public static TernaryCall<TOp>? Bind(KernelBinding binding, (int A, int B, int C) order) => binding.AllAre(DType.F32)
        ? new(BroadcastPlan.Create(binding.Input(order.A).Shape.AsSpan(), binding.Input(order.B).Shape.AsSpan(), binding.Input(order.C).Shape.AsSpan()), order)
        : null;

    public override void Run(byte** inputs, byte** outputs, long from, long to) =>
        BinaryLoops.Run<TOp>(plan, (float*)inputs[order.A], (float*)inputs[order.B], (float*)inputs[order.C], (float*)outputs[0], from, to);
}
