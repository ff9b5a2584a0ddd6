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
        public static float Apply(float x, OpConstants c) => x > 0f ? x : c.A * x;

        public static float Gradient(float dy, float v, OpConstants c) => v > 0f ? dy : c.A * dy;
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

/// <summary>x above zero, alpha·(e^(x/alpha) − 1) below.</summary>
[Kernel("Celu")]
[Kernel("grad.Celu")]
public sealed class CeluKernel : UnaryKernel<CeluKernel.Op>
{
    protected override OpConstants Constants(Attributes attributes) => new() { A = attributes.Float("alpha", 1) };

    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => x > 0f ? x : c.A * DeviceMath.Expm1(x / c.A);

        public static float Gradient(float dy, float v, OpConstants c) => v > 0f ? dy : dy * DeviceMath.Exp(v / c.A);
    }
}

/// <summary>gamma times x above zero, gamma·alpha·(e^x − 1) below.</summary>
[Kernel("Selu")]
[Kernel("grad.Selu")]
public sealed class SeluKernel : UnaryKernel<SeluKernel.Op>
{
    protected override OpConstants Constants(Attributes attributes) => new() { A = attributes.Float("alpha", 1.67326319217681884765625f), B = attributes.Float("gamma", 1.05070102214813232421875f) };

    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => c.B * (x > 0f ? x : c.A * DeviceMath.Expm1(x));

        public static float Gradient(float dy, float v, OpConstants c) => c.B * (v > 0f ? dy : dy * (c.A * DeviceMath.Exp(v)));
    }
}

/// <summary>alpha·x + beta limited to [0, 1].</summary>
[Kernel("HardSigmoid")]
[Kernel("grad.HardSigmoid")]
public sealed class HardSigmoidKernel : UnaryKernel<HardSigmoidKernel.Op>
{
    protected override OpConstants Constants(Attributes attributes) => new() { A = attributes.Float("alpha", 0.2f), B = attributes.Float("beta", 0.5f) };

    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceMath.Min(DeviceMath.Max(c.A * x + c.B, 0f), 1f);

        public static float Gradient(float dy, float v, OpConstants c) => c.A * v + c.B > 0f && c.A * v + c.B < 1f ? c.A * dy : 0f;
    }
}

/// <summary>x·(x + 3 limited to [0, 6])/6; slope −½ at −3, 3/2 at 3.</summary>
[Kernel("HardSwish")]
[Kernel("grad.HardSwish")]
public sealed class HardSwishKernel : UnaryKernel<HardSwishKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => x * DeviceMath.Min(DeviceMath.Max(x + 3f, 0f), 6f) / 6f;

        public static float Gradient(float dy, float v, OpConstants c) => v < -3f ? 0f : v <= 3f ? dy * (v / 3f + 0.5f) : dy;
    }
}

/// <summary>x·tanh(softplus(x)).</summary>
[Kernel("Mish")]
[Kernel("grad.Mish")]
public sealed class MishKernel : UnaryKernel<MishKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => x * DeviceMath.Tanh(DeviceMath.Softplus(x));

        public static float Gradient(float dy, float v, OpConstants c) => dy * Slope(v, DeviceMath.Tanh(DeviceMath.Softplus(v)));

        private static float Slope(float x, float t) => t + x * DeviceMath.Sigmoid(x) * (1f - t * t);
    }
}

/// <summary>x above alpha, else 0.</summary>
[Kernel("ThresholdedRelu")]
[Kernel("grad.ThresholdedRelu")]
public sealed class ThresholdedReluKernel : UnaryKernel<ThresholdedReluKernel.Op>
{
    protected override OpConstants Constants(Attributes attributes) => new() { A = attributes.Float("alpha", 1) };

    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => x > c.A ? x : 0f;

        public static float Gradient(float dy, float v, OpConstants c) => v > c.A ? dy : 0f;
    }
}

/// <summary>x + bias below −lambd, x − bias above lambd, else 0.</summary>
[Kernel("Shrink")]
[Kernel("grad.Shrink")]
public sealed class ShrinkKernel : UnaryKernel<ShrinkKernel.Op>
{
    protected override OpConstants Constants(Attributes attributes) => new() { A = attributes.Float("bias", 0), B = attributes.Float("lambd", 0.5f) };

    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => x < -c.B ? x + c.A : x > c.B ? x - c.A : 0f;

        public static float Gradient(float dy, float v, OpConstants c) => v < -c.B || v > c.B ? dy : 0f;
    }
}
