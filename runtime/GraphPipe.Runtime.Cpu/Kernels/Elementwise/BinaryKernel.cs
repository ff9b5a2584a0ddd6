using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>y = f(a, b) with numpy broadcasting, f32.</summary>
public abstract unsafe class BinaryKernel<TOp> : CpuKernel
    where TOp : struct, IBinary
{
    public override CpuCall? Bind(KernelBinding binding) =>
        binding.AllAre(DType.F32) ? new Call(BroadcastPlan.Create(binding.Input(0).Shape.AsSpan(), binding.Input(1).Shape.AsSpan())) : null;

    private sealed class Call(BroadcastPlan plan) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body { Plan = plan, A = context.Input<float>(0), B = context.Input<float>(1), Y = context.Output<float>(0) };
            context.For(plan.Count, Grain.Elements, ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public BroadcastPlan Plan;
        public float* A;
        public float* B;
        public float* Y;

        public readonly void Run(long from, long to, int worker) => BinaryLoops.Run<TOp>(Plan, A, B, Y, from, to);
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

    private sealed class Call(BroadcastPlan plan) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            long* a = context.Input<long>(0), b = context.Input<long>(1), y = context.Output<long>(0);
            var at = new BroadcastCursor(in plan, 0, plan.Count);
            while (at.Next())
            {
                for (long i = 0; i < at.Length; i++)
                    y[at.Output + i] = TWhole.Apply(a[at.A + i * at.StepA], b[at.B + i * at.StepB]);
            }
        }
    }
}
