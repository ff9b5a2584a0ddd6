using GraphPipe.Runtime.Cuda.Numerics;
using ILGPU;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>A walk over the result with the spread operand as A, and what its elements are divided by.</summary>
internal struct SpreadNumbers
{
    public StridedMap Map;
    public float Count;
}

/// <summary>What runs on the GPU.</summary>
internal static class ReductionGradientCode
{
    public static void Spread(ArrayView<float> dy, ArrayView<float> dx, SpreadNumbers n)
    {
        int i = Grid.GlobalIndex.X;
        if (i < n.Map.Count)
            dx[i] = dy[n.Map.At(i).A] / n.Count;
    }
}
