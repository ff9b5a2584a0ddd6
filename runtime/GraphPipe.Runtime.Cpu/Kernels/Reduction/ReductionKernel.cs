using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Folds the axes that <c>axes</c> names into one number each; f32.</summary>
public abstract unsafe class ReductionKernel<TReduction> : CpuKernel
    where TReduction : struct, IReduction
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

        public readonly void Run(long from, long to, int worker) => ReductionLoops.Run<TReduction>(Plan, X, Y, from, to);
    }
}
