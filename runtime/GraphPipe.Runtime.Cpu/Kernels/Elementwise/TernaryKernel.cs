using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>y = f(a, b, c) with numpy broadcasting, f32.</summary>
[KernelFamily(typeof(ITernary))]
public sealed class TernaryKernel<TOp> : CpuKernel
    where TOp : struct, ITernary
{
    public override CpuCall? Bind(KernelBinding binding) => TernaryCall<TOp>.Bind(binding, (0, 1, 2));
}

/// <summary>The gradient of a function whose operands may change places, for the operand <c>side</c>; of dY's shape, f32.</summary>
[KernelFamily(typeof(ISidedGradient))]
public sealed class SidedGradientKernel<TOp> : CpuKernel
    where TOp : struct, ISidedGradient
{
    public override CpuCall? Bind(KernelBinding binding) => TernaryCall<TOp>.Bind(binding, binding.Attributes.Int("side", 0) == 0 ? (0, 1, 2) : (0, 2, 1));
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
