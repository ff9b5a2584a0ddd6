using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>max(x, 0).</summary>
[Kernel("Relu")]
public sealed class ReluKernel : UnaryKernel<Relu>;

/// <summary>dy where y &gt; 0, else 0.</summary>
[Kernel("grad.Relu")]
public sealed class ReluGradientKernel : UnaryGradientKernel<Relu>;
