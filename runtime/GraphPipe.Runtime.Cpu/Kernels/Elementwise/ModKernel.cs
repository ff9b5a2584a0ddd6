using GraphPipe.Bundle;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The remainder of a/b: with the sign of a if <c>fmod</c> is set, which f32 needs; else of whole numbers with the sign of b.</summary>
[Kernel("Mod")]
public sealed class ModKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (binding.Attributes.Int("fmod", 0) != 0)
            return new ArithmeticKernel<DividendRemainder>().Bind(binding);
        return binding.AllAre(DType.I64) ? new ArithmeticKernel<DivisorRemainder>().Bind(binding) : null;
    }
}
