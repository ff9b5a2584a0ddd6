namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>
/// A copy between two strided views of the same sizes: transposes, slices, concatenations, padding, expansion, tiling. Made once when
/// shapes are bound. All numbers are in elements; a source stride of zero repeats an element.
/// </summary>
public struct CopyPlan
{
    /// <summary>Units of a transposing plan are strips this wide.</summary>
    internal const int Strip = 32;

    /// <summary>Axes after merging, at least one.</summary>
    public int Rank;

    public Extents Dims;
    public Extents SourceStrides;
    public Extents TargetStrides;

    /// <summary>Where the views begin.</summary>
    public long SourceOffset, TargetOffset;

    /// <summary>True when the source's neighbouring elements are on the last axis but one and the target's on the last.</summary>
    public bool Transposes;

    /// <summary>Independent units of work, for sharing a copy over threads.</summary>
    public long Units;

    /// <summary>Plan for two views given by their strides.</summary>
    /// <exception cref="ArgumentException">More than eight axes are left after merging.</exception>
    public static CopyPlan Create(
        ReadOnlySpan<long> dims, ReadOnlySpan<long> sourceStrides, ReadOnlySpan<long> targetStrides, long sourceOffset = 0, long targetOffset = 0)
    {
        var plan = new CopyPlan { SourceOffset = sourceOffset, TargetOffset = targetOffset };
        for (int axis = 0; axis < dims.Length; axis++)
        {
            if (dims[axis] == 1) continue;
            int last = plan.Rank - 1;
            if (last >= 0 && plan.SourceStrides[last] == sourceStrides[axis] * dims[axis] && plan.TargetStrides[last] == targetStrides[axis] * dims[axis])
            {
                plan.Dims[last] *= dims[axis];
                plan.SourceStrides[last] = sourceStrides[axis];
                plan.TargetStrides[last] = targetStrides[axis];
                continue;
            }

            if (plan.Rank == Extents.MaxRank) throw new TooManyAxesException();
            plan.Dims[plan.Rank] = dims[axis];
            plan.SourceStrides[plan.Rank] = sourceStrides[axis];
            plan.TargetStrides[plan.Rank++] = targetStrides[axis];
        }

        if (plan.Rank == 0) plan.Dims[plan.Rank++] = 1;
        plan.FindTranspose();
        plan.Units = plan.Transposes ? (plan.Dims[plan.Rank - 2] + Strip - 1) / Strip : 1;
        for (int axis = 0; axis < plan.Rank - (plan.Transposes ? 2 : 1); axis++) plan.Units *= plan.Dims[axis];
        for (int axis = 0; axis < plan.Rank; axis++)
            if (plan.Dims[axis] == 0) plan.Units = 0;
        return plan;
    }

    /// <summary>Output axis i is input axis permutation[i].</summary>
    public static CopyPlan Transpose(ReadOnlySpan<long> shape, ReadOnlySpan<int> permutation)
    {
        Span<long> source = stackalloc long[shape.Length], dims = stackalloc long[shape.Length];
        Span<long> from = stackalloc long[shape.Length], to = stackalloc long[shape.Length];
        Dense(shape, source);
        for (int i = 0; i < shape.Length; i++) (dims[i], from[i]) = (shape[permutation[i]], source[permutation[i]]);
        Dense(dims, to);
        return Create(dims, from, to);
    }

    /// <summary>Broadcasts a shape to a target of at least its rank.</summary>
    public static CopyPlan Expand(ReadOnlySpan<long> shape, ReadOnlySpan<long> target)
    {
        Span<long> source = stackalloc long[shape.Length], from = stackalloc long[target.Length], to = stackalloc long[target.Length];
        Dense(shape, source);
        Dense(target, to);
        int missing = target.Length - shape.Length;
        for (int i = 0; i < target.Length; i++) from[i] = i < missing || shape[i - missing] == 1 ? 0 : source[i - missing];
        return Create(target, from, to);
    }

    /// <summary>Repeats a tensor repeats[i] times along axis i.</summary>
    public static CopyPlan Tile(ReadOnlySpan<long> shape, ReadOnlySpan<long> repeats)
    {
        Span<long> source = stackalloc long[shape.Length], dims = stackalloc long[2 * shape.Length];
        Span<long> from = stackalloc long[2 * shape.Length], to = stackalloc long[2 * shape.Length];
        Dense(shape, source);
        for (int i = 0; i < shape.Length; i++)
        {
            (dims[2 * i], dims[2 * i + 1]) = (repeats[i], shape[i]);
            from[2 * i + 1] = source[i];
        }

        Dense(dims, to);
        return Create(dims, from, to);
    }

    /// <summary>Elements starts[i] + k·steps[i] of axis i, 0 ≤ k &lt; sizes[i], to a dense target. Steps may be negative.</summary>
    public static CopyPlan Slice(ReadOnlySpan<long> shape, ReadOnlySpan<long> starts, ReadOnlySpan<long> steps, ReadOnlySpan<long> sizes)
    {
        Span<long> view = stackalloc long[shape.Length], dense = stackalloc long[shape.Length];
        long offset = View(shape, starts, steps, view);
        Dense(sizes, dense);
        return Create(sizes, view, dense, sourceOffset: offset);
    }

    /// <summary>
    /// A dense source to elements starts[i] + k·steps[i] of the target's axis i: concatenation, padding, and the gradient of a slice.
    /// </summary>
    public static CopyPlan Into(ReadOnlySpan<long> target, ReadOnlySpan<long> starts, ReadOnlySpan<long> steps, ReadOnlySpan<long> sizes)
    {
        Span<long> view = stackalloc long[target.Length], dense = stackalloc long[target.Length];
        long offset = View(target, starts, steps, view);
        Dense(sizes, dense);
        return Create(sizes, dense, view, targetOffset: offset);
    }

    /// <summary>Row-major strides of a dense tensor.</summary>
    public static void Dense(ReadOnlySpan<long> shape, Span<long> strides)
    {
        long stride = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= shape[i];
        }
    }

    private static long View(ReadOnlySpan<long> shape, ReadOnlySpan<long> starts, ReadOnlySpan<long> steps, Span<long> view)
    {
        Dense(shape, view);
        long offset = 0;
        for (int i = 0; i < shape.Length; i++)
        {
            offset += starts[i] * view[i];
            view[i] *= steps.IsEmpty ? 1 : steps[i];
        }

        return offset;
    }

    /// <summary>Moves the axis of the source's neighbours next to the axis of the target's, where they differ and both are long.</summary>
    private void FindTranspose()
    {
        int inner = Rank - 1;
        if (Rank < 2 || TargetStrides[inner] != 1 || SourceStrides[inner] <= 1 || Dims[inner] < 4) return;
        int along = -1;
        for (int axis = 0; axis < inner; axis++)
            if (SourceStrides[axis] == 1 && Dims[axis] >= 4) along = axis;
        if (along < 0) return;
        var (dim, source, target) = (Dims[along], SourceStrides[along], TargetStrides[along]);
        for (int axis = along; axis < inner - 1; axis++)
        {
            Dims[axis] = Dims[axis + 1];
            SourceStrides[axis] = SourceStrides[axis + 1];
            TargetStrides[axis] = TargetStrides[axis + 1];
        }

        (Dims[inner - 1], SourceStrides[inner - 1], TargetStrides[inner - 1]) = (dim, source, target);
        Transposes = true;
    }
}
