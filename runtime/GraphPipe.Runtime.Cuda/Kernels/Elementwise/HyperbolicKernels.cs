using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>Hyperbolic sine.</summary>
[Kernel("Sinh")]
[Kernel("grad.Sinh")]
public sealed class SinhKernel : UnaryKernel<SinhKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceHyperbolic.Sinh(x);

        public static float Gradient(float dy, float v, OpConstants c) => dy * DeviceHyperbolic.Cosh(v);
    }
}

/// <summary>Hyperbolic cosine.</summary>
[Kernel("Cosh")]
[Kernel("grad.Cosh")]
public sealed class CoshKernel : UnaryKernel<CoshKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceHyperbolic.Cosh(x);

        public static float Gradient(float dy, float v, OpConstants c) => dy * DeviceHyperbolic.Sinh(v);
    }
}

/// <summary>Inverse hyperbolic sine.</summary>
[Kernel("Asinh")]
[Kernel("grad.Asinh")]
public sealed class AsinhKernel : UnaryKernel<AsinhKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceHyperbolic.Asinh(x);

        public static float Gradient(float dy, float v, OpConstants c) => dy / DeviceHyperbolic.RootOfSquarePlusOne(v);
    }
}

/// <summary>Inverse hyperbolic cosine; NaN below 1.</summary>
[Kernel("Acosh")]
[Kernel("grad.Acosh")]
public sealed class AcoshKernel : UnaryKernel<AcoshKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceHyperbolic.Acosh(x);

        public static float Gradient(float dy, float v, OpConstants c) => dy / (MathF.Sqrt(v - 1f) * MathF.Sqrt(v + 1f));
    }
}

/// <summary>Inverse hyperbolic tangent.</summary>
[Kernel("Atanh")]
[Kernel("grad.Atanh")]
public sealed class AtanhKernel : UnaryKernel<AtanhKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceHyperbolic.Atanh(x);

        public static float Gradient(float dy, float v, OpConstants c) => dy / ((1f - v) * (1f + v));
    }
}
