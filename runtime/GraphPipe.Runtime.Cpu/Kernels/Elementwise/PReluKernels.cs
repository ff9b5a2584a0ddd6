using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>x above zero, slope·x at and below.</summary>
[Kernel("PRelu")]
public sealed class PReluKernel : BinaryKernel<PReluOp>;

/// <summary>dy above zero, slope·dy at and below; of dY's shape.</summary>
[Kernel("grad.PReluX")]
public sealed class PReluXGradientKernel : TernaryKernel<PReluGradientX>;

/// <summary>0 above zero, dy·x at and below: of dY's shape, to be summed to the slope's.</summary>
[Kernel("grad.PReluSlope")]
public sealed class PReluSlopeGradientKernel : BinaryKernel<PReluGradientSlope>;
