using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>-x.</summary>
[Kernel("Neg")]
[Kernel("grad.Neg")]
public sealed class NegKernel : UnaryKernel<NegKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => -x;

        public static float Gradient(float dy, float v, OpConstants c) => -dy;
    }
}

/// <summary>|x|; slope 0 at 0.</summary>
[Kernel("Abs")]
[Kernel("grad.Abs")]
public sealed class AbsKernel : UnaryKernel<AbsKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceMath.Abs(x);

        public static float Gradient(float dy, float v, OpConstants c) => dy * DeviceMath.Sign(v);
    }
}

/// <summary>1/x.</summary>
[Kernel("Reciprocal")]
[Kernel("grad.Reciprocal")]
public sealed class ReciprocalKernel : UnaryKernel<ReciprocalKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => 1f / x;

        public static float Gradient(float dy, float v, OpConstants c) => -(dy * (1f / v * (1f / v)));
    }
}

/// <summary>√x; the gradient reads the result.</summary>
[Kernel("Sqrt")]
[Kernel("grad.Sqrt")]
public sealed class SqrtKernel : UnaryKernel<SqrtKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => MathF.Sqrt(x);

        public static float Gradient(float dy, float v, OpConstants c) => dy / (v + v);
    }
}

/// <summary>-1, 0 or 1; its slope is 0.</summary>
[Kernel("Sign")]
[Kernel("grad.Sign")]
public sealed class SignKernel : UnaryKernel<SignKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceMath.Sign(x);

        public static float Gradient(float dy, float v, OpConstants c) => 0f;
    }
}

/// <summary>The largest whole number that is not above x; slope 0.</summary>
[Kernel("Floor")]
[Kernel("grad.Floor")]
public sealed class FloorKernel : UnaryKernel<FloorKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceMath.Floor(x);

        public static float Gradient(float dy, float v, OpConstants c) => 0f;
    }
}

/// <summary>The smallest whole number that is not below x; slope 0.</summary>
[Kernel("Ceil")]
[Kernel("grad.Ceil")]
public sealed class CeilKernel : UnaryKernel<CeilKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => -DeviceMath.Floor(-x);

        public static float Gradient(float dy, float v, OpConstants c) => 0f;
    }
}

/// <summary>The nearest whole number, halves to even; slope 0.</summary>
[Kernel("Round")]
[Kernel("grad.Round")]
public sealed class RoundKernel : UnaryKernel<RoundKernel.Op>
{
    public readonly struct Op : IUnary
    {
        public static float Apply(float x, OpConstants c) => DeviceMath.Round(x);

        public static float Gradient(float dy, float v, OpConstants c) => 0f;
    }
}
