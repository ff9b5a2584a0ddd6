using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>
/// g1 + g2 + … from the left: the order that the plan has fixed. Equal shapes; f32, or f16 or bf16, where every addition is rounded, as PyTorch's autograd
/// rounds it.
/// </summary>
[Kernel("grad.Sum")]
public sealed unsafe class GradSumKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) =>
        binding.AllAre(DType.F32) ? new Call(binding.InputCount, binding.Output(0).Count)
        : binding.AllAre(DType.F16) || binding.AllAre(DType.BF16) ? new HalfCall(binding.Output(0).Type, binding.InputCount, binding.Output(0).Count)
        : null;

    private sealed class Call(int terms, long count) : ElementwiseCall(count)
    {
        public override void Run(byte** inputs, byte** outputs, long from, long to)
        {
            float* y = (float*)outputs[0] + from;
            if (terms == 1)
            {
                Streams.Copy((float*)inputs[0] + from, y, to - from);
                return;
            }

            BinaryLoops.Row<Add>((float*)inputs[0] + from, 1, (float*)inputs[1] + from, 1, y, to - from);
            for (int i = 2; i < terms; i++)
                BinaryLoops.Row<Add>(y, 1, (float*)inputs[i] + from, 1, y, to - from);
        }
    }

    private sealed class HalfCall(DType type, int terms, long count) : ElementwiseCall(count)
    {
        // Elements: two blocks in f32 stay in the first cache.
        private const int Block = 512;

        public override void Run(byte** inputs, byte** outputs, long from, long to)
        {
            float* sum = stackalloc float[Block];
            float* term = stackalloc float[Block];
            for (long start = from; start < to; start += Block)
            {
                long block = Math.Min(Block, to - start);
                ushort* y = (ushort*)outputs[0] + start;
                HalfLoops.Widen(type, (ushort*)inputs[0] + start, sum, block);
                for (int i = 1; i < terms; i++)
                {
                    if (i > 1)
                    {
                        HalfLoops.Round(type, sum, y, block);
                        HalfLoops.Widen(type, y, sum, block);
                    }

                    HalfLoops.Widen(type, (ushort*)inputs[i] + start, term, block);
                    BinaryLoops.Row<Add>(sum, 1, term, 1, sum, block);
                }

                HalfLoops.Round(type, sum, y, block);
            }
        }
    }
}
