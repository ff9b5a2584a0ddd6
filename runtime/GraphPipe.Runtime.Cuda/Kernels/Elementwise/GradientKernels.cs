using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>The part of dY for the operand <c>side</c> of Max: all where it is the larger, half where the two are equal.</summary>
[Kernel("grad.Max")]
public sealed class MaxGradientKernel : TernaryKernel<MaxGradientKernel.Op>
{
    protected override bool Swaps(Attributes attributes) => attributes.Int("side", 0) != 0;

    public readonly struct Op : ITernary
    {
        public static float Apply(float dy, float a, float b) => a > b ? dy : a == b ? dy * 0.5f : 0f;
    }
}

/// <summary>The part of dY for the operand <c>side</c> of Min: all where it is the smaller, half where the two are equal.</summary>
[Kernel("grad.Min")]
public sealed class MinGradientKernel : TernaryKernel<MinGradientKernel.Op>
{
    protected override bool Swaps(Attributes attributes) => attributes.Int("side", 0) != 0;

    public readonly struct Op : ITernary
    {
        public static float Apply(float dy, float a, float b) => a < b ? dy : a == b ? dy * 0.5f : 0f;
    }
}

/// <summary>dy·e·x^(e-1), of dY's shape; 0 where e is 0.</summary>
[Kernel("grad.PowBase")]
public sealed class PowBaseGradientKernel : TernaryKernel<PowBaseGradientKernel.Op>
{
    public readonly struct Op : ITernary
    {
        public static float Apply(float dy, float x, float e) => e == 0f ? 0f : dy * (e * DeviceMath.Pow(x, e - 1f));
    }
}

/// <summary>dy·y·log x for the forward's result y, of dY's shape; 0 where x is 0 and y finite.</summary>
[Kernel("grad.PowExponent")]
public sealed class PowExponentGradientKernel : TernaryKernel<PowExponentGradientKernel.Op>
{
    public readonly struct Op : ITernary
    {
        public static float Apply(float dy, float x, float y) => x == 0f && y < float.PositiveInfinity ? 0f : dy * (y * DeviceMath.Log(x));
    }
}
