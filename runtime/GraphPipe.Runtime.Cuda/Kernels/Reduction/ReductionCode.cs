using GraphPipe.Runtime.Cuda.Numerics;
using ILGPU;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>A fold of elements to one, in double precision. Runs on the GPU.</summary>
public interface IReduction : IJoin<double>
{
    static abstract double Identity { get; }

    /// <summary>What an element counts for.</summary>
    static abstract double Map(float x);

    /// <summary>The result of a fold of <paramref name="count"/> elements.</summary>
    static abstract float Finish(double fold, int count);
}

/// <summary>A fold of whole numbers. Runs on the GPU.</summary>
public interface IWholeReduction<T> : IJoin<T>
{
    static abstract T Identity { get; }
}

/// <summary>The walk over results, and for each the walk over what is folded: operand A of both maps, the offsets add up.</summary>
internal struct ReductionNumbers
{
    public StridedMap Kept;
    public StridedMap Folded;
}

/// <summary>What runs on the GPU for reductions of whole numbers; those of floats are emitted (<see cref="Fusion.FusedEmitter"/>).</summary>
internal static class ReductionCode
{
    /// <summary>A thread per result, of whole numbers: lengths and counts, which are few.</summary>
    public static void Whole<T, TReduction>(ArrayView<T> x, ArrayView<T> y, ReductionNumbers n)
        where T : unmanaged
        where TReduction : struct, IWholeReduction<T>
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n.Kept.Count)
            return;
        int start = n.Kept.At(i).A;
        T fold = TReduction.Identity;
        for (int k = 0; k < n.Folded.Count; k++)
            fold = TReduction.Join(fold, x[start + n.Folded.At(k).A]);
        y[i] = fold;
    }
}
