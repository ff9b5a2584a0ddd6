using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>log Σ e^x without overflow; f32.</summary>
[Kernel("ReduceLogSumExp")]
public sealed unsafe class ReduceLogSumExpKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) =>
        binding.AllAre(DType.F32) ? new Call(ReductionAxes.Plan(binding.Input(0), binding.Attributes)) : null;

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

        public readonly void Run(long from, long to, int worker) => TwoPassReductions.LogSumExp(Plan, X, Y, from, to);
    }
}
