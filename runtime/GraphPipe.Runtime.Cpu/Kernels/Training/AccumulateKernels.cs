using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>acc += g in place; the first micro-batch of a step copies. f32.</summary>
[Kernel("train.Accumulate")]
public sealed unsafe class AccumulateKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => binding.AllAre(DType.F32) ? new Call(binding.Output(0).Count) : null;

    private sealed class Call(long count) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            float* sum = context.Output<float>(0), gradient = context.Input<float>(1);
            if (context.IsFirstMicroBatch)
            {
                Buffer.MemoryCopy(gradient, sum, count * sizeof(float), count * sizeof(float));
                return;
            }

            var body = new StreamBody<PlusOp>(default, sum, gradient, sum);
            context.For(count, Grain.Elements, ref body);
        }
    }
}

/// <summary>acc += g in place: another stage's sum of a shared parameter. f32.</summary>
[Kernel("train.AddGradient")]
public sealed unsafe class AddGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => binding.AllAre(DType.F32) ? new Call(binding.Output(0).Count) : null;

    private sealed class Call(long count) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            float* sum = context.Output<float>(0);
            var body = new StreamBody<PlusOp>(default, sum, context.Input<float>(1), sum);
            context.For(count, Grain.Elements, ref body);
        }
    }
}
