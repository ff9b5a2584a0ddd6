using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>X made longer or shorter along <c>axis</c>, f32: the nearest entry, or two or four of them weighted (<see cref="ResizeWeights"/>).</summary>
[Kernel("Resize")]
public sealed class ResizeKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var (x, y) = (binding.Input(0), binding.Output(0));
        int axis = Axes.Of(binding.Attributes, x.Rank);
        return binding.AllAre(DType.F32) && binding.Attributes.Has("axis")
            && ResizeWeights.Of(binding.Attributes, checked((int)x.Shape[axis]), checked((int)y.Shape[axis])) is { } weights
            ? AxisFunctions.Bind(binding, launches, weights, axis) : null;
    }
}

/// <summary>dX of Resize: the same weights the other way, contributions in the order of dY.</summary>
[Kernel("grad.Resize")]
public sealed class ResizeGradientKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var (dy, dx) = (binding.Input(0), binding.Output(0));
        int axis = Axes.Of(binding.Attributes, dy.Rank);
        return binding.AllAre(DType.F32) && ResizeWeights.Of(binding.Attributes, checked((int)dx.Shape[axis]), checked((int)dy.Shape[axis])) is { } weights
            ? AxisFunctions.Bind(binding, launches, weights.Transposed(), axis) : null;
    }
}

/// <summary>Binds linear functions along an axis, whose weights lie on the device as tables.</summary>
internal static class AxisFunctions
{
    public static CudaCall Bind(KernelBinding binding, LaunchBinder launches, AxisWeights weights, int axis)
    {
        var (x, y) = (binding.Input(0), binding.Output(0));
        var n = new WeighNumbers { Count = (int)y.Count, Inputs = weights.Inputs, Outputs = weights.Outputs, Inner = (int)x.CountOf(axis + 1, x.Rank) };
        return new LaunchCall(launches.Launch(
            MovementCode.Weigh,
            LaunchShape.Over(n.Count),
            n,
            Operand.Input(0, binding), launches.Table(weights.Starts), launches.Table(weights.Sources), launches.Table(weights.Weights), Operand.Output(0, binding)));
    }
}
