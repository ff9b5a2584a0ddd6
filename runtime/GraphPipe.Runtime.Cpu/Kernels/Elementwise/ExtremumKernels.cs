using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The larger of a and b; NaN if either is.</summary>
[Kernel("Max")]
public sealed class MaxKernel : ArithmeticKernel<MaxOp, MaxKernel.Whole>
{
    public readonly struct Whole : IWholeBinary
    {
        public static long Apply(long a, long b) => Math.Max(a, b);
    }
}

/// <summary>The smaller of a and b; NaN if either is.</summary>
[Kernel("Min")]
public sealed class MinKernel : ArithmeticKernel<MinOp, MinKernel.Whole>
{
    public readonly struct Whole : IWholeBinary
    {
        public static long Apply(long a, long b) => Math.Min(a, b);
    }
}

/// <summary>The part of dY for the operand <c>side</c> of Max: all where it is the larger, half where the two are equal.</summary>
[Kernel("grad.Max")]
public sealed class MaxGradientKernel : SidedGradientKernel<MaxGradientA>;

/// <summary>The part of dY for the operand <c>side</c> of Min: all where it is the smaller, half where the two are equal.</summary>
[Kernel("grad.Min")]
public sealed class MinGradientKernel : SidedGradientKernel<MinGradientA>;

/// <summary>The gradient (dY, A, B) of an operator whose operands may change places, for the operand <c>side</c>; of dY's shape, f32.</summary>
public abstract class SidedGradientKernel<TOp> : CpuKernel
    where TOp : struct, ITernary
{
    public override CpuCall? Bind(KernelBinding binding) => TernaryCall<TOp>.Bind(binding, binding.Attributes.Int("side", 0) == 0 ? (0, 1, 2) : (0, 2, 1));
}
