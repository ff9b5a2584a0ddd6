using GraphPipe.Runtime.Cuda.Numerics;
using ILGPU;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>A value for every element.</summary>
internal struct FillNumbers
{
    public int Count;
    public float Value;
}

/// <summary>What runs on the GPU for ops that only move elements.</summary>
internal static class MovementCode
{
    /// <summary>The map's operand A is the source, B the target.</summary>
    public static void Copy<T>(ArrayView<T> x, ArrayView<T> y, StridedMap map)
        where T : unmanaged
    {
        int i = Grid.GlobalIndex.X;
        if (i >= map.Count)
            return;
        var at = map.At(i);
        y[at.B] = x[at.A];
    }

    public static void Zero<T>(ArrayView<T> y, FillNumbers n)
        where T : unmanaged
    {
        int i = Grid.GlobalIndex.X;
        if (i < n.Count)
            y[i] = default;
    }

    public static void Fill(ArrayView<float> y, FillNumbers n)
    {
        int i = Grid.GlobalIndex.X;
        if (i < n.Count)
            y[i] = n.Value;
    }
}
