using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The same elements in the same order, where the result is not the operand's own memory; any type.</summary>
[Kernel("Reshape")]
public sealed class ReshapeKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) =>
        MoveCall.Of(DType.U8, CopyPlan.Slice([binding.Output(0).Bytes], [0], default, [binding.Output(0).Bytes]));
}
