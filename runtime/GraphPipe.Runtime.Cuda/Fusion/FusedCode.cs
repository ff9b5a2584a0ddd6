using GraphPipe.Runtime.Cuda.Numerics;
using ILGPU;

namespace GraphPipe.Runtime.Cuda.Fusion;

/// <summary>The parts that emitted code is put together from beside the ops' functions; they run on the GPU.</summary>
internal static class FusedCode
{
    /// <summary>The element that a thread computes.</summary>
    public static int Position() => Grid.GlobalIndex.X;

    /// <summary>Where a spread operand has it.</summary>
    public static int At(StridedMap walk, int position) => walk.At(position).A;

    public static T Load<T>(ArrayView<T> view, int at)
        where T : unmanaged => view[at];

    public static void Store<T>(ArrayView<T> view, int at, T value)
        where T : unmanaged => view[at] = value;
}
