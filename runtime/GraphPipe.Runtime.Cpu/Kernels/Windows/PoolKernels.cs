using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Means of windows.</summary>
[Kernel("AveragePool")]
public sealed unsafe class AveragePoolKernel : PoolKernel<AveragePoolKernel.Loop>
{
    public readonly struct Loop : IPoolLoop
    {
        public static bool IsGradient => false;

        public static void Run(in WindowShape w, float* a, float* b, float* y, bool countPad, long from, long to) =>
            AveragePooling.Forward(w, a, y, countPad, from, to);
    }
}

/// <summary>dY shared evenly over its windows.</summary>
[Kernel("grad.AveragePool")]
public sealed unsafe class AveragePoolGradientKernel : PoolKernel<AveragePoolGradientKernel.Loop>
{
    public readonly struct Loop : IPoolLoop
    {
        public static bool IsGradient => true;

        public static void Run(in WindowShape w, float* a, float* b, float* y, bool countPad, long from, long to) =>
            AveragePooling.Backward(w, a, y, countPad, from, to);
    }
}

/// <summary>Largest elements of windows.</summary>
[Kernel("MaxPool")]
public sealed unsafe class MaxPoolKernel : PoolKernel<MaxPoolKernel.Loop>
{
    public readonly struct Loop : IPoolLoop
    {
        public static bool IsGradient => false;

        public static void Run(in WindowShape w, float* a, float* b, float* y, bool countPad, long from, long to) =>
            MaxPooling.Forward(w, a, y, null, from, to);
    }
}

/// <summary>All of dY to the first largest element of its window in X.</summary>
[Kernel("grad.MaxPool")]
public sealed unsafe class MaxPoolGradientKernel : PoolKernel<MaxPoolGradientKernel.Loop>
{
    public readonly struct Loop : IPoolLoop
    {
        public static bool IsGradient => true;

        public static void Run(in WindowShape w, float* a, float* b, float* y, bool countPad, long from, long to) =>
            MaxPooling.Backward(w, a, b, y, from, to);
    }
}
