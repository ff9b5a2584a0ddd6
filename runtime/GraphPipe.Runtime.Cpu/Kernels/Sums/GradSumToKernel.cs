using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The sum of dY over the dimensions along which its result was broadcast (right-aligned), f32.</summary>
[Kernel("grad.SumTo")]
public sealed unsafe class GradSumToKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (!binding.AllAre(DType.F32))
            return null;
        var (from, to) = (binding.Input(0).Shape, binding.Output(0).Shape);
        ulong summed = 0;
        for (int axis = 0; axis < from.Length; axis++)
        {
            int there = axis - (from.Length - to.Length);
            if (there < 0 || (to[there] == 1 && from[axis] != 1))
                summed |= 1UL << axis;
        }

        return new Call(ReductionPlan.Create(from.AsSpan(), summed));
    }

    private sealed class Call(ReductionPlan plan) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body { Plan = plan, X = context.Input<float>(0), Y = context.Output<float>(0) };
            context.For(plan.Outputs, Grain.Of(plan.Count), ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public ReductionPlan Plan;
        public float* X;
        public float* Y;

        public readonly void Run(long from, long to, int worker) => ReductionLoops.Run<ReduceSum>(Plan, X, Y, from, to);
    }
}
