using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>dy/n for each of the n elements that were folded; f32.</summary>
[Kernel("grad.ReduceMean")]
public sealed unsafe class ReduceMeanGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (!binding.AllAre(DType.F32))
            return null;
        var x = binding.Output(0);
        ulong mask = Axes.Folded(binding.Attributes, x.Rank);
        var plan = BroadcastPlan.Create(Axes.Kept(x.Shape.AsSpan(), mask), x.Shape.AsSpan());
        return new Call(plan, ReductionPlan.Create(x.Shape.AsSpan(), mask).Count);
    }

    private sealed class Call(BroadcastPlan plan, float folded) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body { Plan = plan, Folded = folded, Dy = context.Input<float>(0), Dx = context.Output<float>(0) };
            context.For(plan.Count, Grain.Elements, ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public BroadcastPlan Plan;
        public float Folded;
        public float* Dy;
        public float* Dx;

        public readonly void Run(long from, long to, int worker)
        {
            float folded = Folded;
            var at = new BroadcastCursor(in Plan, from, to);
            while (at.Next())
                BinaryLoops.Row<Div>(Dy + at.A, at.StepA, &folded, 0, Dx + at.Output, at.Length);
        }
    }
}
