using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>|x|.</summary>
[Kernel("Abs")]
public sealed class AbsKernel : UnaryKernel<Abs>;

/// <summary>dy·sign(x).</summary>
[Kernel("grad.Abs")]
public sealed class AbsGradientKernel : UnaryGradientKernel<Abs>;

/// <summary>-x.</summary>
[Kernel("Neg")]
public sealed class NegKernel : UnaryKernel<Neg>;

/// <summary>-dy.</summary>
[Kernel("grad.Neg")]
public sealed class NegGradientKernel : UnaryGradientKernel<Neg>;

/// <summary>1/x.</summary>
[Kernel("Reciprocal")]
public sealed class ReciprocalKernel : UnaryKernel<Reciprocal>;

/// <summary>-dy/x².</summary>
[Kernel("grad.Reciprocal")]
public sealed class ReciprocalGradientKernel : UnaryGradientKernel<FromInput<Reciprocal>>;

/// <summary>√x.</summary>
[Kernel("Sqrt")]
public sealed class SqrtKernel : UnaryKernel<Sqrt>;

/// <summary>dy/(2y), from the result y.</summary>
[Kernel("grad.Sqrt")]
public sealed class SqrtGradientKernel : UnaryGradientKernel<Sqrt>;
