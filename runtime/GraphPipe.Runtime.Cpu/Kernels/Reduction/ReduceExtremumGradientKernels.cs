using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>dy shared evenly among the elements that equal the extremum; f32.</summary>
public abstract unsafe class ReduceExtremumGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) =>
        binding.AllAre(DType.F32) ? new Call(ReductionAxes.Plan(binding.Output(0), binding.Attributes)) : null;

    private sealed class Call(ReductionPlan plan) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body
            {
                Plan = plan,
                Dy = context.Input<float>(0),
                X = context.Input<float>(1),
                Y = context.Input<float>(2),
                Dx = context.Output<float>(0),
            };
            context.For(plan.Outputs, Grain.Of(plan.Count), ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public ReductionPlan Plan;
        public float* Dy;
        public float* X;
        public float* Y;
        public float* Dx;

        public readonly void Run(long from, long to, int worker) => TwoPassReductions.ExtremumGradient(Plan, Dy, X, Y, Dx, from, to);
    }
}

/// <inheritdoc/>
[Kernel("grad.ReduceMax")]
public sealed class ReduceMaxGradientKernel : ReduceExtremumGradientKernel;

/// <inheritdoc/>
[Kernel("grad.ReduceMin")]
public sealed class ReduceMinGradientKernel : ReduceExtremumGradientKernel;
