using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>g1 + g2 + … from the left: the order that the plan has fixed. f32, equal shapes.</summary>
[Kernel("grad.Sum")]
public sealed unsafe class GradSumKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) =>
        binding.AllAre(DType.F32) ? new Call(binding.InputCount, binding.Output(0).Count) : null;

    private sealed class Call(int inputs, long count) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            float* y = context.Output<float>(0);
            if (inputs == 1)
            {
                Buffer.MemoryCopy(context.Input(0), y, count * sizeof(float), count * sizeof(float));
                return;
            }

            float* sum = context.Input<float>(0);
            for (int i = 1; i < inputs; i++)
            {
                var body = new StreamBody<PlusOp>(default, sum, context.Input<float>(i), y);
                context.For(count, Grain.Elements, ref body);
                sum = y;
            }
        }
    }
}
