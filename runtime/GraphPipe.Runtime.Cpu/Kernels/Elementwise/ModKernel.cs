using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The remainder of a/b: with the sign of a if <c>fmod</c> is set, which f32 needs; else of whole numbers with the sign of b.</summary>
[Kernel("Mod")]
public sealed class ModKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (binding.Attributes.Int("fmod", 0) != 0)
            return new Truncated().Bind(binding);
        return binding.AllAre(DType.I64) ? new Floored().Bind(binding) : null;
    }

    private sealed class Truncated : ArithmeticKernel<ModOp, OfDividend>;

    private sealed class Floored : ArithmeticKernel<ModOp, OfDivisor>;

    private readonly struct OfDividend : IWholeBinary
    {
        public static long Apply(long a, long b) => b == -1 ? 0 : a % b;
    }

    private readonly struct OfDivisor : IWholeBinary
    {
        public static long Apply(long a, long b)
        {
            long rest = b == -1 ? 0 : a % b;
            return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
        }
    }
}
