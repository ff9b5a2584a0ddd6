using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>g1 + g2 + … from the left: the order that the plan has fixed. f32, equal shapes.</summary>
[Kernel("grad.Sum")]
public sealed unsafe class GradSumKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) =>
        binding.AllAre(DType.F32) ? new Call(binding.InputCount, binding.Output(0).Count) : null;

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

            BinaryLoops.Row<AddOp>((float*)inputs[0] + from, 1, (float*)inputs[1] + from, 1, y, to - from);
            for (int i = 2; i < terms; i++)
                BinaryLoops.Row<AddOp>(y, 1, (float*)inputs[i] + from, 1, y, to - from);
        }
    }
}
