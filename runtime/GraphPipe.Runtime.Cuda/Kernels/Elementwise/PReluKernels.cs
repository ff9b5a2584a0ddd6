namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>x above zero, slope·x at and below.</summary>
[Kernel("PRelu")]
public sealed class PReluKernel : FloatBinaryKernel<PReluKernel.Op>
{
    public readonly struct Op : IBinary<float>
    {
        public static float Apply(float x, float slope) => x > 0f ? x : slope * x;
    }
}

/// <summary>dy above zero, slope·dy at and below; of dY's shape.</summary>
[Kernel("grad.PReluX")]
public sealed class PReluXGradientKernel : TernaryKernel<PReluXGradientKernel.Op>
{
    public readonly struct Op : ITernary
    {
        public static float Apply(float dy, float x, float slope) => x > 0f ? dy : slope * dy;
    }
}

/// <summary>0 above zero, dy·x at and below: of dY's shape, to be summed to the slope's.</summary>
[Kernel("grad.PReluSlope")]
public sealed class PReluSlopeGradientKernel : FloatBinaryKernel<PReluSlopeGradientKernel.Op>
{
    public readonly struct Op : IBinary<float>
    {
        public static float Apply(float dy, float x) => x > 0f ? 0f : dy * x;
    }
}
