using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>y = f(a, b) with numpy broadcasting, f32.</summary>
[KernelFamily(typeof(IBinary))]
public sealed unsafe class BinaryKernel<TOp> : CpuKernel
    where TOp : struct, IBinary
{
    public override CpuCall? Bind(KernelBinding binding) =>
        binding.AllAre(DType.F32) ? new Call(BroadcastPlan.Create(binding.Input(0).Shape.AsSpan(), binding.Input(1).Shape.AsSpan())) : null;

    private sealed class Call(BroadcastPlan plan) : ElementwiseCall(plan.Count)
    {
        public override void Run(byte** inputs, byte** outputs, long from, long to) =>
            BinaryLoops.Run<TOp>(plan, (float*)inputs[0], (float*)inputs[1], (float*)outputs[0], from, to);
    }
}

/// <summary>As <see cref="BinaryKernel{TOp}"/>, for i64 too.</summary>
[KernelFamily(typeof(IArithmetic))]
public sealed class ArithmeticKernel<TOp> : CpuKernel
    where TOp : struct, IArithmetic
{
    private readonly BinaryKernel<TOp> _ofFloats = new();

    public override CpuCall? Bind(KernelBinding binding) => binding.AllAre(DType.I64)
        ? new BroadcastCall<long, long, Whole>(BroadcastPlan.Create(binding.Input(0).Shape.AsSpan(), binding.Input(1).Shape.AsSpan()))
        : _ofFloats.Bind(binding);

    private readonly struct Whole : IBroadcastOp<long, long>
    {
        public static long Apply(long a, long b) => TOp.Apply(a, b);
    }
}
