using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The error function.</summary>
[Kernel("Erf")]
public sealed class ErfKernel : UnaryKernel<Erf>;

/// <summary>dy·2/√π·e^(-x²).</summary>
[Kernel("grad.Erf")]
public sealed class ErfGradientKernel : UnaryGradientKernel<Erf>;

/// <summary>e^x.</summary>
[Kernel("Exp")]
public sealed class ExpKernel : UnaryKernel<Exp>;

/// <summary>dy·e^x, from the input x.</summary>
[Kernel("grad.Exp")]
public sealed class ExpGradientKernel : UnaryGradientKernel<FromInput<Exp>>;

/// <summary>Natural logarithm.</summary>
[Kernel("Log")]
public sealed class LogKernel : UnaryKernel<Log>;

/// <summary>dy/x.</summary>
[Kernel("grad.Log")]
public sealed class LogGradientKernel : UnaryGradientKernel<Log>;

/// <summary>1/(1 + e^-x).</summary>
[Kernel("Sigmoid")]
public sealed class SigmoidKernel : UnaryKernel<Sigmoid>;

/// <summary>dy·y·(1 - y), from the result y.</summary>
[Kernel("grad.Sigmoid")]
public sealed class SigmoidGradientKernel : UnaryGradientKernel<Sigmoid>;

/// <summary>log(1 + e^x).</summary>
[Kernel("Softplus")]
public sealed class SoftplusKernel : UnaryKernel<Softplus>;

/// <summary>dy·sigmoid(x).</summary>
[Kernel("grad.Softplus")]
public sealed class SoftplusGradientKernel : UnaryGradientKernel<Softplus>;

/// <summary>Hyperbolic tangent.</summary>
[Kernel("Tanh")]
public sealed class TanhKernel : UnaryKernel<Tanh>;

/// <summary>dy·(1 - y²), from the result y.</summary>
[Kernel("grad.Tanh")]
public sealed class TanhGradientKernel : UnaryGradientKernel<Tanh>;
