using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>y = f(a) or f(a, b) along <c>axis</c>, f32, equal shapes.</summary>
public abstract class AxisKernel : CudaKernel
{
    private protected abstract Delegate Code { get; }

    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (!binding.AllAre(DType.F32))
            return null;
        var x = binding.Input(0);
        int axis = Axes.Of(binding.Attributes, x.Rank, -1);
        var (outer, n) = x.Rank == 0 ? (1L, new AxisNumbers { Axis = 1, Inner = 1 })
            : (x.CountOf(0, axis), new AxisNumbers { Axis = (int)x.Shape[axis], Inner = (int)x.CountOf(axis + 1, x.Rank) });
        Operand[] operands = [.. Enumerable.Range(0, binding.InputCount).Select(i => Operand.Input(i, binding)), Operand.Output(0, binding)];
        return new LaunchCall(launches.Launch(Code, new LaunchShape(x.Count == 0 ? 0 : (int)(outer * n.Inner), GroupFold.Threads), n, operands));
    }
}

/// <summary>e^x / Σ e^x along <c>axis</c>.</summary>
[Kernel("Softmax")]
public sealed class SoftmaxKernel : AxisKernel
{
    private protected override Delegate Code => AxisCode.Softmax;
}

/// <summary>y·(dy − Σ dy·y) along <c>axis</c>, of dY and Y.</summary>
[Kernel("grad.Softmax")]
public sealed class SoftmaxGradientKernel : AxisKernel
{
    private protected override Delegate Code => AxisCode.SoftmaxGradient;
}

/// <summary>x − log Σ e^x along <c>axis</c>.</summary>
[Kernel("LogSoftmax")]
public sealed class LogSoftmaxKernel : AxisKernel
{
    private protected override Delegate Code => AxisCode.LogSoftmax;
}

/// <summary>dy − e^y·Σ dy along <c>axis</c>, of dY and Y.</summary>
[Kernel("grad.LogSoftmax")]
public sealed class LogSoftmaxGradientKernel : AxisKernel
{
    private protected override Delegate Code => AxisCode.LogSoftmaxGradient;
}
