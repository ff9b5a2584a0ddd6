using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

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
            if (context.IsFirstMicroBatch)
            {
                Streams.Copy(context.Input<float>(1), context.Output<float>(0), count);
                return;
            }

            var body = new AddTo(context.Input<float>(1), context.Output<float>(0));
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
            var body = new AddTo(context.Input<float>(1), context.Output<float>(0));
            context.For(count, Grain.Elements, ref body);
        }
    }
}
