using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Arc cosine.</summary>
[Kernel("Acos")]
public sealed class AcosKernel : UnaryKernel<Acos>;

/// <summary>-dy/√(1 - x²).</summary>
[Kernel("grad.Acos")]
public sealed class AcosGradientKernel : UnaryGradientKernel<Acos>;

/// <summary>Arc sine.</summary>
[Kernel("Asin")]
public sealed class AsinKernel : UnaryKernel<Asin>;

/// <summary>dy/√(1 - x²).</summary>
[Kernel("grad.Asin")]
public sealed class AsinGradientKernel : UnaryGradientKernel<Asin>;

/// <summary>Arc tangent.</summary>
[Kernel("Atan")]
public sealed class AtanKernel : UnaryKernel<Atan>;

/// <summary>dy/(1 + x²).</summary>
[Kernel("grad.Atan")]
public sealed class AtanGradientKernel : UnaryGradientKernel<Atan>;

/// <summary>Cosine.</summary>
[Kernel("Cos")]
public sealed class CosKernel : UnaryKernel<Cos>;

/// <summary>-dy·sin x.</summary>
[Kernel("grad.Cos")]
public sealed class CosGradientKernel : UnaryGradientKernel<Cos>;

/// <summary>Hyperbolic cosine.</summary>
[Kernel("Cosh")]
public sealed class CoshKernel : UnaryKernel<Cosh>;

/// <summary>dy·sinh x.</summary>
[Kernel("grad.Cosh")]
public sealed class CoshGradientKernel : UnaryGradientKernel<Cosh>;

/// <summary>Sine.</summary>
[Kernel("Sin")]
public sealed class SinKernel : UnaryKernel<Sin>;

/// <summary>dy·cos x.</summary>
[Kernel("grad.Sin")]
public sealed class SinGradientKernel : UnaryGradientKernel<Sin>;

/// <summary>Hyperbolic sine.</summary>
[Kernel("Sinh")]
public sealed class SinhKernel : UnaryKernel<Sinh>;

/// <summary>dy·cosh x.</summary>
[Kernel("grad.Sinh")]
public sealed class SinhGradientKernel : UnaryGradientKernel<Sinh>;

/// <summary>Tangent.</summary>
[Kernel("Tan")]
public sealed class TanKernel : UnaryKernel<Tan>;

/// <summary>dy·(1 + tan² x).</summary>
[Kernel("grad.Tan")]
public sealed class TanGradientKernel : UnaryGradientKernel<Tan>;

/// <summary>Inverse hyperbolic cosine.</summary>
[Kernel("Acosh")]
public sealed class AcoshKernel : UnaryKernel<Acosh>;

/// <summary>dy/√(x² - 1).</summary>
[Kernel("grad.Acosh")]
public sealed class AcoshGradientKernel : UnaryGradientKernel<Acosh>;

/// <summary>Inverse hyperbolic sine.</summary>
[Kernel("Asinh")]
public sealed class AsinhKernel : UnaryKernel<Asinh>;

/// <summary>dy/√(x² + 1).</summary>
[Kernel("grad.Asinh")]
public sealed class AsinhGradientKernel : UnaryGradientKernel<Asinh>;

/// <summary>Inverse hyperbolic tangent.</summary>
[Kernel("Atanh")]
public sealed class AtanhKernel : UnaryKernel<Atanh>;

/// <summary>dy/(1 - x²).</summary>
[Kernel("grad.Atanh")]
public sealed class AtanhGradientKernel : UnaryGradientKernel<Atanh>;
