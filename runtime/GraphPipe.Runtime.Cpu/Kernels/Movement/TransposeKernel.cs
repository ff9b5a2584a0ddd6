using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The axes in the order of <c>perm</c>, reversed if it is absent; any type.</summary>
[Kernel("Transpose")]
public sealed class TransposeKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var x = binding.Input(0);
        int[] permutation = binding.Attributes.Ints("perm") is { } perm ? [.. perm.Select(p => (int)p)] : [.. Enumerable.Range(0, x.Rank).Reverse()];
        return MoveCall.Of(x.Type, CopyPlan.Transpose(x.Shape.AsSpan(), permutation));
    }
}
