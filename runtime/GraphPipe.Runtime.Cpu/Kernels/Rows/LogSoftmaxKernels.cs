using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>x − log Σ e^x along <c>axis</c>, f32.</summary>
[Kernel("LogSoftmax")]
public sealed unsafe class LogSoftmaxKernel : AxisKernel<LogSoftmaxKernel.Loop>
{
    public readonly struct Loop : IAxisLoop
    {
        public static void Rows(float* a, float* b, float* y, long rows, long n) => LogSoftmax.Forward(a, y, rows, n);

        public static void Inner(float* a, float* b, float* y, long outer, long axis, long inner) => LogSoftmax.ForwardInner(a, y, outer, axis, inner);
    }
}

/// <summary>dy − e^y·Σ dy along <c>axis</c>, of dY and Y, f32.</summary>
[Kernel("grad.LogSoftmax")]
public sealed unsafe class LogSoftmaxGradientKernel : AxisKernel<LogSoftmaxGradientKernel.Loop>
{
    public readonly struct Loop : IAxisLoop
    {
        public static void Rows(float* a, float* b, float* y, long rows, long n) => LogSoftmax.Backward(a, b, y, rows, n);

        public static void Inner(float* a, float* b, float* y, long outer, long axis, long inner) => LogSoftmax.BackwardInner(a, b, y, outer, axis, inner);
    }
}
