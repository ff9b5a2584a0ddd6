using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>dy times the product of the other elements; f32.</summary>
[Kernel("grad.ReduceProd")]
public sealed unsafe class ReduceProdGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) =>
        binding.AllAre(DType.F32) ? new Call(ReductionAxes.Plan(binding.Output(0), binding.Attributes)) : null;

    private sealed class Call(ReductionPlan plan) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body { Plan = plan, Dy = context.Input<float>(0), X = context.Input<float>(1), Dx = context.Output<float>(0) };
            context.For(plan.Outputs, Grain.Of(plan.Count), ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public ReductionPlan Plan;
        public float* Dy;
        public float* X;
        public float* Dx;

        public readonly void Run(long from, long to, int worker) => TwoPassReductions.ProductGradient(Plan, Dy, X, Dx, from, to);
    }
}
