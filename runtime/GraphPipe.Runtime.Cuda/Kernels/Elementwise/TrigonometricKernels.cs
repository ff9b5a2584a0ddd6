using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>Sine of radians.</summary>
[Kernel("Sin")]
[Kernel("grad.Sin")]
public sealed class SinKernel : UnaryKernel<SinKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceTrigonometry.Sin(x);

        public static float Gradient(float dy, float v, OpConstants c) => dy * DeviceTrigonometry.Cos(v);
    }
}

/// <summary>Cosine of radians.</summary>
[Kernel("Cos")]
[Kernel("grad.Cos")]
public sealed class CosKernel : UnaryKernel<CosKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceTrigonometry.Cos(x);

        public static float Gradient(float dy, float v, OpConstants c) => -(dy * DeviceTrigonometry.Sin(v));
    }
}

/// <summary>Tangent of radians.</summary>
[Kernel("Tan")]
[Kernel("grad.Tan")]
public sealed class TanKernel : UnaryKernel<TanKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceTrigonometry.Tan(x);

        public static float Gradient(float dy, float v, OpConstants c) => Over(dy, DeviceTrigonometry.Cos(v));

        private static float Over(float dy, float cos) => dy / (cos * cos);
    }
}

/// <summary>Arc sine, in radians.</summary>
[Kernel("Asin")]
[Kernel("grad.Asin")]
public sealed class AsinKernel : UnaryKernel<AsinKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceTrigonometry.Asin(x);

        public static float Gradient(float dy, float v, OpConstants c) => dy / MathF.Sqrt((1f - v) * (1f + v));
    }
}

/// <summary>Arc cosine, in radians.</summary>
[Kernel("Acos")]
[Kernel("grad.Acos")]
public sealed class AcosKernel : UnaryKernel<AcosKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceTrigonometry.Acos(x);

        public static float Gradient(float dy, float v, OpConstants c) => -dy / MathF.Sqrt((1f - v) * (1f + v));
    }
}

/// <summary>Arc tangent, in radians.</summary>
[Kernel("Atan")]
[Kernel("grad.Atan")]
public sealed class AtanKernel : UnaryKernel<AtanKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceTrigonometry.Atan(x);

        public static float Gradient(float dy, float v, OpConstants c) => dy / (1f + v * v);
    }
}
