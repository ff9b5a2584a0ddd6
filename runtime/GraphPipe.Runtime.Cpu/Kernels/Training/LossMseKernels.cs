using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>scale·Σ (y − t)², f32.</summary>
[Kernel("train.LossMse")]
public sealed unsafe class LossMseKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => binding.AllAre(DType.F32) ? new Call(binding.Input(0).Count) : null;

    private sealed class Call(long count) : CpuCall
    {
        public override void Run(in KernelContext context) =>
            *context.Output<float>(0) = (float)(*context.Input<float>(2) * SquaredError.Sum(context.Input<float>(0), context.Input<float>(1), count));
    }
}

/// <summary>2·scale·(y − t), f32.</summary>
[Kernel("grad.LossMse")]
public sealed unsafe class LossMseGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => binding.AllAre(DType.F32) ? new Call(binding.Output(0).Count) : null;

    private sealed class Call(long count) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body { Y = context.Input<float>(0), Target = context.Input<float>(1), Dy = context.Output<float>(0), Scale = 2 * *context.Input<float>(2) };
            context.For(count, Grain.Elements, ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public float* Y;
        public float* Target;
        public float* Dy;
        public float Scale;

        public readonly void Run(long from, long to, int worker) => SquaredError.Gradient(Y + from, Target + from, Dy + from, Scale, to - from);
    }
}
