using GraphPipe.Runtime.Cuda.Kernels;
using GraphPipe.Runtime.Cuda.Numerics;
using ILGPU;

namespace GraphPipe.Runtime.Cuda.Fusion;

/// <summary>The parts that emitted code is put together from beside the ops' functions; they run on the GPU.</summary>
internal static class FusedCode
{
    /// <summary>The element that a thread computes, or the result that it folds to.</summary>
    public static int Position() => Grid.GlobalIndex.X;

    /// <summary>Where a walk is at a position: a spread operand's element, the first element of a result, or from there the next that is folded.</summary>
    public static int At(StridedMap walk, int position) => walk.At(position).A;

    public static T Load<T>(ArrayView<T> view, int at)
        where T : unmanaged => view[at];

    public static void Store<T>(ArrayView<T> view, int at, T value)
        where T : unmanaged => view[at] = value;

    /// <summary>The result that a group of threads folds to.</summary>
    public static int GroupPosition() => Grid.IdxX;

    /// <summary>The first element that a thread of a group folds.</summary>
    public static int ThreadPosition() => Group.IdxX;

    public static int Count(StridedMap walk) => walk.Count;

    public static double Identity<TReduction>()
        where TReduction : struct, IReduction => TReduction.Identity;

    public static double Join<TReduction>(double fold, float x)
        where TReduction : struct, IReduction => TReduction.Join(fold, TReduction.Map(x));

    /// <summary>What the threads of a group have folded as one, in every thread.</summary>
    public static double JoinGroup<TReduction>(double fold)
        where TReduction : struct, IReduction => GroupFold.Of<double, TReduction>(fold);

    public static float Finish<TReduction>(double fold, StridedMap folded)
        where TReduction : struct, IReduction => TReduction.Finish(fold, folded.Count);
}
