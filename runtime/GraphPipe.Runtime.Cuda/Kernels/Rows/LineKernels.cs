using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>
/// Position of the extremum along <c>axis</c>, i64, of f32: the first of equals, or the last where <c>select_last_index</c> is set. A NaN counts as the extremum.
/// </summary>
[Kernel("ArgMax")]
[Kernel("ArgMin")]
public sealed class ArgExtremumKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (binding.Input(0).Type != DType.F32 || binding.Output(0).Type != DType.I64 || Lines.Of(binding, 0) is not { } n)
            return null;
        n.Smallest = binding.Call.Kernel == "ArgMin" ? 1 : 0;
        n.Last = binding.Attributes.Int("select_last_index", 0) != 0 ? 1 : 0;
        return new LaunchCall(launches.Launch(LineCode.ArgExtremum, LaunchShape.Over(n.Axis == 0 ? 0 : n.Lines), n, Operand.Input(0, binding), Operand.Output(0, binding)));
    }
}

/// <summary>The <c>k</c> largest (or smallest) f32 along <c>axis</c> and their positions, i64, in order. Always sorted.</summary>
[Kernel("TopK")]
public sealed class TopKKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        if (binding.Input(0).Type != DType.F32 || Lines.Of(binding, -1) is not { } n)
            return null;
        n.Kept = (int)binding.Attributes.Int("k", 0);
        n.Smallest = binding.Attributes.Int("largest", 1) != 0 ? 0 : 1;
        n.HasValues = binding.HasOutput(0) ? 1 : 0;
        n.HasPositions = binding.HasOutput(1) ? 1 : 0;
        return new LaunchCall(launches.Launch(
            LineCode.TopK, LaunchShape.Over((long)n.Lines * n.Axis), n, Operand.Input(0, binding), Operand.OutputOrScratch(0, binding), Operand.OutputOrScratch(1, binding)));
    }
}

/// <summary>Running sums along <c>axis</c>: without the element itself if <c>exclusive</c>, from the end if <c>reverse</c>; the gradient runs in the other direction. f32, i64, i32.</summary>
[Kernel("CumSum")]
[Kernel("grad.CumSum")]
public sealed class CumSumKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var type = binding.Input(0).Type;
        Delegate? code = type switch
        {
            DType.F32 => LineCode.CumSum<float, Sum>,
            DType.I64 => LineCode.CumSum<long, Sum>,
            DType.I32 => LineCode.CumSum<int, Sum>,
            _ => null,
        };
        if (code is null || binding.Output(0).Type != type || Lines.Of(binding, 0) is not { } n)
            return null;
        bool isGradient = binding.Call.Kernel != "CumSum";
        n.Exclusive = binding.Attributes.Int("exclusive", 0) != 0 ? 1 : 0;
        n.Reverse = binding.Attributes.Int("reverse", 0) != 0 != isGradient ? 1 : 0;
        return new LaunchCall(launches.Launch(code, LaunchShape.Over(n.Lines), n, Operand.Input(0, binding), Operand.Output(0, binding)));
    }

    internal readonly struct Sum : IBinaryOf<float>, IBinaryOf<long>, IBinaryOf<int>
    {
        public static float Apply(float a, float b) => a + b;

        public static long Apply(long a, long b) => a + b;

        public static int Apply(int a, int b) => a + b;
    }
}

/// <summary>Reads the lines of an op's operand.</summary>
internal static class Lines
{
    /// <param name="otherwise">The axis if the attribute is absent.</param>
    /// <returns>Null for a scalar, which has no axis.</returns>
    public static LineNumbers? Of(KernelBinding binding, int otherwise)
    {
        var x = binding.Input(0);
        if (x.Rank == 0)
            return null;
        int axis = Axes.Of(binding.Attributes, x.Rank, otherwise);
        int inner = (int)x.CountOf(axis + 1, x.Rank);
        return new LineNumbers { Lines = (int)x.CountOf(0, axis) * inner, Axis = (int)x.Shape[axis], Inner = inner };
    }
}
