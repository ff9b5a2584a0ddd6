using System.Collections.Immutable;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>What a reduction folds: all that is needed to run it by itself or behind what makes its elements. f32.</summary>
/// <param name="Reduction">An <see cref="IReduction"/>.</param>
/// <param name="Shape">The operand as it is read.</param>
/// <param name="Folded">Bit i is set where axis i of the shape is folded; the result has the others, in their order.</param>
public sealed record ElementFold(Type Reduction, ImmutableArray<long> Shape, ulong Folded)
{
    // Folds up to this long are a thread's own: a tree would have little to do.
    private const int Short = 64;

    // Results from which on there are enough threads without sharing a fold.
    private const int Many = 1 << 14;

    // A thread makes so many elements at most behind each other: where few results are left of many elements, a kernel of its own makes them on more threads than a fold has. Not measured on a GPU.
    private const int MostElements = 64;

    // Floats that a sector of 32 bytes holds: a thread that makes so many uses all that it loads.
    private const int Sector = 8;

    // Threads that load together.
    private const int Warp = 32;

    /// <summary>The walks over the results and over what each folds; null if they have too many axes.</summary>
    internal ReductionNumbers? Walks => Reductions.Walks(Shape.AsSpan(), Folded);

    /// <summary>
    /// Whether a group of threads folds to each result, and not a thread. Follows from the shape alone, and so does the order in which elements are joined. Many threads by themselves are as good as groups only
    /// where neighbours read neighbouring elements.
    /// </summary>
    internal static bool IsByGroup(in ReductionNumbers n) => n.Folded.Count > Short && !(n.Kept.Count >= Many && IsDense(n.Kept));

    /// <summary>Whether elements may be made where they are folded: where neighbouring threads have neighbouring elements, or each a few that are, and none has too many, that should not be slower than a kernel of its own.</summary>
    internal static bool MayFuse(in ReductionNumbers n) => IsByGroup(n)
        ? IsDense(n.Folded) && n.Folded.Count <= MostElements * GroupFold.Threads
        : (IsDense(n.Kept) || n.Folded.Count <= Sector) && n.Folded.Count <= MostElements;

    // Whether neighbouring positions are neighbouring elements, for as many as load together.
    private static bool IsDense(in StridedMap walk) => walk.A0 == 1 && (walk.Rank <= 1 || walk.D0 >= Warp);
}
