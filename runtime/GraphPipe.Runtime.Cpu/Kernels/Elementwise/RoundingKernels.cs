using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The smallest whole number ≥ x.</summary>
[Kernel("Ceil")]
public sealed class CeilKernel : UnaryKernel<Ceil>;

/// <summary>0.</summary>
[Kernel("grad.Ceil")]
public sealed class CeilGradientKernel : UnaryGradientKernel<Ceil>;

/// <summary>The largest whole number ≤ x.</summary>
[Kernel("Floor")]
public sealed class FloorKernel : UnaryKernel<Floor>;

/// <summary>0.</summary>
[Kernel("grad.Floor")]
public sealed class FloorGradientKernel : UnaryGradientKernel<Floor>;

/// <summary>The nearest whole number, halves to even.</summary>
[Kernel("Round")]
public sealed class RoundKernel : UnaryKernel<Round>;

/// <summary>0.</summary>
[Kernel("grad.Round")]
public sealed class RoundGradientKernel : UnaryGradientKernel<Round>;

/// <summary>-1, 0 or 1.</summary>
[Kernel("Sign")]
public sealed class SignKernel : UnaryKernel<Sign>;

/// <summary>0.</summary>
[Kernel("grad.Sign")]
public sealed class SignGradientKernel : UnaryGradientKernel<Sign>;
