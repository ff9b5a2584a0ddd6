using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The operand broadcast to the result's shape; any type.</summary>
[Kernel("Expand")]
public sealed class ExpandKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) =>
        MoveCall.Of(binding.Output(0).Type, CopyPlan.Expand(binding.Input(0).Shape.AsSpan(), binding.Output(0).Shape.AsSpan()));
}
