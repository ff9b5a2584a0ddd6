using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>max(x, 0); the gradient reads the result.</summary>
[Kernel("Relu")]
[Kernel("grad.Relu")]
public sealed class ReluKernel : UnaryKernel<ReluKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => x <= 0f ? 0f : x;

        public static float Gradient(float dy, float v, OpConstants c) => v > 0f ? dy : 0f;
    }
}

/// <summary>x above zero, alpha·x below.</summary>
[Kernel("LeakyRelu")]
[Kernel("grad.LeakyRelu")]
public sealed class LeakyReluKernel : UnaryKernel<LeakyReluKernel.Op>
{
    protected override OpConstants Constants(Attributes attributes) => new() { A = attributes.Float("alpha", 0.01f) };

    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => x < 0f ? c.A * x : x;

        public static float Gradient(float dy, float v, OpConstants c) => v < 0f ? c.A * dy : dy;
    }
}

/// <summary>x above zero, alpha·(e^x - 1) below.</summary>
[Kernel("Elu")]
[Kernel("grad.Elu")]
public sealed class EluKernel : UnaryKernel<EluKernel.Op>
{
    protected override OpConstants Constants(Attributes attributes) => new() { A = attributes.Float("alpha", 1) };

    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => x > 0f ? x : c.A * DeviceMath.Expm1(x);

        public static float Gradient(float dy, float v, OpConstants c) => v > 0f ? dy : dy * (c.A * DeviceMath.Exp(v));
    }
}

/// <summary>x·sigmoid(alpha·x).</summary>
[Kernel("Swish")]
[Kernel("grad.Swish")]
public sealed class SwishKernel : UnaryKernel<SwishKernel.Op>
{
    protected override OpConstants Constants(Attributes attributes) => new() { A = attributes.Float("alpha", 1) };

    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => x * DeviceMath.Sigmoid(c.A * x);

        public static float Gradient(float dy, float v, OpConstants c) => dy * Slope(v, DeviceMath.Sigmoid(c.A * v), c.A);

        private static float Slope(float x, float s, float alpha) => s + alpha * x * (s * (1f - s));
    }
}

/// <summary>x/(1 + |x|).</summary>
[Kernel("Softsign")]
[Kernel("grad.Softsign")]
public sealed class SoftsignKernel : UnaryKernel<SoftsignKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => x / (1f + DeviceMath.Abs(x));

        public static float Gradient(float dy, float v, OpConstants c) => dy / ((1f + DeviceMath.Abs(v)) * (1f + DeviceMath.Abs(v)));
    }
}

/// <summary>x limited to [min, max]; slope 1 at the bounds.</summary>
[Kernel("Clip")]
[Kernel("grad.Clip")]
public sealed class ClipKernel : UnaryKernel<ClipKernel.Op>
{
    protected override OpConstants Constants(Attributes attributes) => new() { A = attributes.Float("min", float.NegativeInfinity), B = attributes.Float("max", float.PositiveInfinity) };

    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceMath.Min(DeviceMath.Max(x, c.A), c.B);

        public static float Gradient(float dy, float v, OpConstants c) => v >= c.A && v <= c.B ? dy : 0f;
    }
}
