using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>y = f(a, b) with numpy broadcasting, f32.</summary>
public abstract unsafe class BinaryKernel<TOp> : CpuKernel
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

/// <summary>A function of two whole numbers.</summary>
public interface IWholeBinary
{
    static abstract long Apply(long a, long b);
}

/// <summary>As <see cref="BinaryKernel{TOp}"/>, for i64 too: the arithmetic on indices and counters.</summary>
public abstract unsafe class ArithmeticKernel<TOp, TWhole> : BinaryKernel<TOp>
    where TOp : struct, IBinary
    where TWhole : struct, IWholeBinary
{
    public override CpuCall? Bind(KernelBinding binding) =>
        binding.AllAre(DType.I64) ? new Call(BroadcastPlan.Create(binding.Input(0).Shape.AsSpan(), binding.Input(1).Shape.AsSpan())) : base.Bind(binding);

    private sealed class Call(BroadcastPlan plan) : ElementwiseCall(plan.Count)
    {
        public override void Run(byte** inputs, byte** outputs, long from, long to)
        {
            long* a = (long*)inputs[0], b = (long*)inputs[1], y = (long*)outputs[0];
            var at = new BroadcastCursor(in plan, from, to);
            while (at.Next())
            {
                for (long i = 0; i < at.Length; i++)
                    y[at.Output + i] = TWhole.Apply(a[at.A + i * at.StepA], b[at.B + i * at.StepB]);
            }
        }
    }
}
