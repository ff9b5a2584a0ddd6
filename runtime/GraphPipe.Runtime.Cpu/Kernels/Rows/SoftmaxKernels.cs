using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>e^x / Σ e^x along <c>axis</c>, f32.</summary>
[Kernel("Softmax")]
public sealed unsafe class SoftmaxKernel : AxisKernel<SoftmaxKernel.Loop>
{
    public readonly struct Loop : IAxisLoop
    {
        public static void Rows(float* a, float* b, float* y, long rows, long n) => Softmax.Forward(a, y, rows, n);

        public static void Inner(float* a, float* b, float* y, long outer, long axis, long inner) => Softmax.ForwardInner(a, y, outer, axis, inner);
    }
}

/// <summary>y·(dy − Σ dy·y) along <c>axis</c>, of dY and Y, f32.</summary>
[Kernel("grad.Softmax")]
public sealed unsafe class SoftmaxGradientKernel : AxisKernel<SoftmaxGradientKernel.Loop>
{
    public readonly struct Loop : IAxisLoop
    {
        public static void Rows(float* a, float* b, float* y, long rows, long n) => Softmax.Backward(a, b, y, rows, n);

        public static void Inner(float* a, float* b, float* y, long outer, long axis, long inner) => Softmax.BackwardInner(a, b, y, outer, axis, inner);
    }
}
