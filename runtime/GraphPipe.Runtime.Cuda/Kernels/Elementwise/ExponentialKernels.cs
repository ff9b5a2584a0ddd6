using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>e^x.</summary>
[Kernel("Exp")]
[Kernel("grad.Exp")]
public sealed class ExpKernel : UnaryKernel<ExpKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceMath.Exp(x);

        public static float Gradient(float dy, float v, OpConstants c) => dy * DeviceMath.Exp(v);
    }
}

/// <summary>Natural logarithm.</summary>
[Kernel("Log")]
[Kernel("grad.Log")]
public sealed class LogKernel : UnaryKernel<LogKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceMath.Log(x);

        public static float Gradient(float dy, float v, OpConstants c) => dy / v;
    }
}

/// <summary>The error function.</summary>
[Kernel("Erf")]
[Kernel("grad.Erf")]
public sealed class ErfKernel : UnaryKernel<ErfKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceMath.Erf(x);

        public static float Gradient(float dy, float v, OpConstants c) => dy * (1.12837916709551257f * DeviceMath.Exp(-(v * v)));
    }
}

/// <summary>1/(1 + e^-x); the gradient reads the result.</summary>
[Kernel("Sigmoid")]
[Kernel("grad.Sigmoid")]
public sealed class SigmoidKernel : UnaryKernel<SigmoidKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceMath.Sigmoid(x);

        public static float Gradient(float dy, float v, OpConstants c) => dy * ((1f - v) * v);
    }
}

/// <summary>Hyperbolic tangent; the gradient reads the result.</summary>
[Kernel("Tanh")]
[Kernel("grad.Tanh")]
public sealed class TanhKernel : UnaryKernel<TanhKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceMath.Tanh(x);

        public static float Gradient(float dy, float v, OpConstants c) => dy * (1f - v * v);
    }
}

/// <summary>log(1 + e^x).</summary>
[Kernel("Softplus")]
[Kernel("grad.Softplus")]
public sealed class SoftplusKernel : UnaryKernel<SoftplusKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceMath.Softplus(x);

        public static float Gradient(float dy, float v, OpConstants c) => dy * DeviceMath.Sigmoid(v);
    }
}
