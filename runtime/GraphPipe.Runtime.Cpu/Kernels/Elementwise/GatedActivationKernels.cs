using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>x·(x + 3 limited to [0, 6])/6.</summary>
[Kernel("HardSwish")]
public sealed class HardSwishKernel : UnaryKernel<HardSwish>;

/// <summary>dy times the slope; -½ at -3, 3/2 at 3.</summary>
[Kernel("grad.HardSwish")]
public sealed class HardSwishGradientKernel : UnaryGradientKernel<HardSwish>;

/// <summary>x·tanh(softplus(x)).</summary>
[Kernel("Mish")]
public sealed class MishKernel : UnaryKernel<Mish>;

/// <summary>dy times the slope.</summary>
[Kernel("grad.Mish")]
public sealed class MishGradientKernel : UnaryGradientKernel<Mish>;

/// <summary>x/(1 + |x|).</summary>
[Kernel("Softsign")]
public sealed class SoftsignKernel : UnaryKernel<Softsign>;

/// <summary>dy/(1 + |x|)².</summary>
[Kernel("grad.Softsign")]
public sealed class SoftsignGradientKernel : UnaryGradientKernel<Softsign>;
