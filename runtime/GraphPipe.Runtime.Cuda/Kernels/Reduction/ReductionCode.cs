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

/// <summary>
/// What runs on the GPU for reductions. Which of the two and in what order elements are joined follows from the shape alone.
/// </summary>
internal static class ReductionCode
{
    /// <summary>Folds up to this long are a thread's own: a tree would have little to do.</summary>
    public const int Short = 64;

    /// <summary>Results from which on there are enough threads without sharing a fold.</summary>
    public const int Many = 1 << 14;

    /// <summary>A thread per result.</summary>
    public static void ByThread<TReduction>(ArrayView<float> x, ArrayView<float> y, ReductionNumbers n)
        where TReduction : struct, IReduction
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n.Kept.Count)
            return;
        int start = n.Kept.At(i).A;
        double fold = TReduction.Identity;
        for (int k = 0; k < n.Folded.Count; k++)
            fold = TReduction.Join(fold, TReduction.Map(x[start + n.Folded.At(k).A]));
        y[i] = TReduction.Finish(fold, n.Folded.Count);
    }

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

    /// <summary>A group per result: each thread joins every 128th element, then a tree joins the threads.</summary>
    public static void ByGroup<TReduction>(ArrayView<float> x, ArrayView<float> y, ReductionNumbers n)
        where TReduction : struct, IReduction
    {
        int thread = Group.IdxX, start = n.Kept.At(Grid.IdxX).A;
        double fold = TReduction.Identity;
        for (int k = thread; k < n.Folded.Count; k += GroupFold.Threads)
            fold = TReduction.Join(fold, TReduction.Map(x[start + n.Folded.At(k).A]));
        fold = GroupFold.Of<double, TReduction>(fold);
        if (thread == 0)
            y[Grid.IdxX] = TReduction.Finish(fold, n.Folded.Count);
    }
}
