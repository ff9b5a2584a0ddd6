using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>log Σ e^x without overflow; f32.</summary>
[Kernel("ReduceLogSumExp")]
public sealed class ReduceLogSumExpKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var x = binding.Input(0);
        return binding.AllAre(DType.F32) ? TwoPassReductions.Bind(binding, launches, TwoPassCode.LogSumExp, x) : null;
    }
}

/// <summary>dy shared evenly among the elements that equal the extremum, of dY, X and Y; f32.</summary>
[Kernel("grad.ReduceMax")]
[Kernel("grad.ReduceMin")]
public sealed class ReduceExtremumGradientKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches) =>
        binding.AllAre(DType.F32) ? TwoPassReductions.Bind(binding, launches, TwoPassCode.ExtremumGradient, binding.Output(0)) : null;
}

/// <summary>dy times the product of the other elements, of dY and X; f32.</summary>
[Kernel("grad.ReduceProd")]
public sealed class ReduceProdGradientKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches) =>
        binding.AllAre(DType.F32) ? TwoPassReductions.Bind(binding, launches, TwoPassCode.ProductGradient, binding.Output(0), operands: 2) : null;
}

/// <summary>Binds reductions with a group per result.</summary>
internal static class TwoPassReductions
{
    /// <param name="x">What is folded.</param>
    /// <param name="operands">Operands that the code reads; all of them if 0.</param>
    public static CudaCall? Bind(KernelBinding binding, LaunchBinder launches, Delegate code, OperandType x, int operands = 0) =>
        Reductions.Walks(x.Shape.AsSpan(), Axes.Folded(binding.Attributes, x.Rank)) is { } n
            ? new LaunchCall(launches.Launch(
                code,
                new LaunchShape(n.Kept.Count, GroupFold.Threads),
                n,
                [.. Enumerable.Range(0, operands == 0 ? binding.InputCount : operands).Select(i => Operand.Input(i, binding)), Operand.Output(0, binding)]))
            : null;
}
