using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>Binds reductions.</summary>
internal static class Reductions
{
    /// <param name="shape">Of the operand.</param>
    /// <param name="folded">As of <see cref="Axes.Folded"/>.</param>
    /// <returns>Null if the walks have too many axes.</returns>
    public static CudaCall? Bind<TReduction>(KernelBinding binding, LaunchBinder launches, ReadOnlySpan<long> shape, ulong folded)
        where TReduction : struct, IReduction
    {
        if (Walks(shape, folded) is not { } n)
            return null;
        bool byThread = n.Folded.Count <= ReductionCode.Short || n.Kept.Count >= ReductionCode.Many;
        return new LaunchCall(byThread
            ? launches.Launch(ReductionCode.ByThread<TReduction>, LaunchShape.Over(n.Kept.Count), n, Operand.Input(0, binding), Operand.Output(0, binding))
            : launches.Launch(ReductionCode.ByGroup<TReduction>, new LaunchShape(n.Kept.Count, GroupFold.Threads), n, Operand.Input(0, binding), Operand.Output(0, binding)));
    }

    /// <summary>A reduction of whole numbers over <c>axes</c>.</summary>
    public static CudaCall? Whole(KernelBinding binding, LaunchBinder launches, Delegate code)
    {
        var x = binding.Input(0);
        return Walks(x.Shape.AsSpan(), Axes.Folded(binding.Attributes, x.Rank)) is { } n
            ? new LaunchCall(launches.Launch(code, LaunchShape.Over(n.Kept.Count), n, Operand.Input(0, binding), Operand.Output(0, binding)))
            : null;
    }

    /// <summary>The walks over results and over what each folds.</summary>
    /// <returns>Null if they have too many axes.</returns>
    public static ReductionNumbers? Walks(ReadOnlySpan<long> shape, ulong folded)
    {
        long[] strides = StridedMap.Dense(shape), dims = shape.ToArray();
        int[] inner = [.. Enumerable.Range(0, dims.Length).Where(i => Axes.IsFolded(folded, i))], outer = [.. Enumerable.Range(0, dims.Length).Where(i => !Axes.IsFolded(folded, i))];
        return StridedMap.Create([.. outer.Select(i => dims[i])], [[.. outer.Select(i => strides[i])]]) is { } kept
            && StridedMap.Create([.. inner.Select(i => dims[i])], [[.. inner.Select(i => strides[i])]]) is { } walk
            ? new ReductionNumbers { Kept = kept, Folded = walk } : null;
    }
}
