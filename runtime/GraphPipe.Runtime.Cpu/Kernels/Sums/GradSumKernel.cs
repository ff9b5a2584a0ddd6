using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>g1 + g2 + … from the left: the order that the plan has fixed. f32, equal shapes.</summary>
[Kernel("grad.Sum")]
public sealed unsafe class GradSumKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) =>
        binding.AllAre(DType.F32) ? new Call(binding.InputCount, binding.Output(0).Count) : null;

    private sealed class Call(int terms, long count) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            float* y = context.Output<float>(0);
            if (terms == 1)
            {
                Streams.Copy(context.Input<float>(0), y, count);
                return;
            }

            var first = new Pair { A = context.Input<float>(0), B = context.Input<float>(1), Y = y };
            context.For(count, Grain.Elements, ref first);
            for (int i = 2; i < terms; i++)
            {
                var next = new AddTo(context.Input<float>(i), y);
                context.For(count, Grain.Elements, ref next);
            }
        }
    }

    private struct Pair : IRangeBody
    {
        public float* A;
        public float* B;
        public float* Y;

        public readonly void Run(long from, long to, int worker) => BinaryLoops.Row<AddOp>(A + from, 1, B + from, 1, Y + from, to - from);
    }
}
