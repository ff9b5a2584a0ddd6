using System.Runtime.Intrinsics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>scale·Σ (y − t)², f32; differences in float, summed in double, in order.</summary>
[Kernel("train.LossMse")]
public sealed unsafe class LossMseKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => binding.AllAre(DType.F32) ? new Call(binding.Input(0).Count) : null;

    private sealed class Call(long count) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            float* y = context.Input<float>(0), target = context.Input<float>(1);
            double sum = 0;
            for (long i = 0; i < count; i++)
            {
                double difference = y[i] - target[i];
                sum += difference * difference;
            }

            *context.Output<float>(0) = (float)(*context.Input<float>(2) * sum);
        }
    }
}

/// <summary>2·scale·(y − t), f32.</summary>
[Kernel("grad.LossMse")]
public sealed unsafe class LossMseGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => binding.AllAre(DType.F32) ? new Call(binding.Output(0).Count) : null;

    private readonly struct Op(float factor) : IFloatBinary
    {
        public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => Vector512.Create(factor) * (a - b);
    }

    private sealed class Call(long count) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = new StreamBody<Op>(new Op(2 * *context.Input<float>(2)), context.Input<float>(0), context.Input<float>(1), context.Output<float>(0));
            context.For(count, Grain.Elements, ref body);
        }
    }
}
