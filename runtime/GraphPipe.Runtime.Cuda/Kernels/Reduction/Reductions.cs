using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>The walks of reductions, and those of whole numbers.</summary>
internal static class Reductions
{
    /// <summary>A reduction of whole numbers over <c>axes</c>.</summary>
    public static CudaCall? Whole(KernelBinding binding, LaunchBinder launches, Delegate code)
    {
        var x = binding.Input(0);
        return Walks(x.Shape.AsSpan(), Axes.Folded(binding.Attributes, x.Rank)) is { } n
            ? new LaunchCall(launches.Launch(code, LaunchShape.Over(n.Kept.Count), n, Operand.Input(0, binding), Operand.Output(0, binding)))
            : null;
    }

    /// <summary>The walks over results and over what each folds.</summary>
    /// <param name="shape">Of the operand.</param>
    /// <param name="folded">As of <see cref="Axes.Folded"/>.</param>
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
