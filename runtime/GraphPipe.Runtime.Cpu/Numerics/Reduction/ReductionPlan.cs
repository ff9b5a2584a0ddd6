using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>
/// Which axes of a dense tensor a reduction folds. Made once when shapes are bound; sizes of one vanish and neighbouring axes of the same kind
/// are merged, so most reductions become [outer, axis, inner].
/// </summary>
public struct ReductionPlan
{
    /// <summary>Merged axes that stay, outermost first: sizes and strides in the input.</summary>
    public Extents KeptDims, KeptStrides;

    /// <summary>Merged axes that are folded, outermost first: sizes and strides in the input.</summary>
    public Extents FoldedDims, FoldedStrides;

    public int Kept, Folded;

    /// <summary>True when the plan is [outer, axis, inner] with the middle folded.</summary>
    public bool Simple;

    /// <summary>Sizes of the simple form.</summary>
    public long Outer, Axis, Inner;

    /// <summary>Elements of the output.</summary>
    public long Outputs;

    /// <summary>Elements folded into each output.</summary>
    public long Count;

    /// <summary>Plan for folding the axes whose bits are set in <paramref name="axes"/> (bit 0 is the outermost axis).</summary>
    /// <exception cref="ArgumentException">More than eight axes of one kind are left after merging.</exception>
    public static ReductionPlan Create(ReadOnlySpan<long> shape, ulong axes)
    {
        var plan = new ReductionPlan { Outputs = 1, Count = 1 };
        Extents sizes = default, strides = default;
        ulong folds = 0;
        int rank = 0;
        long dense = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            bool fold = ((axes >> axis) & 1) != 0;
            if (fold) plan.Count *= shape[axis];
            else plan.Outputs *= shape[axis];
            if (shape[axis] != 1)
            {
                if (rank > 0 && ((folds >> (rank - 1)) & 1) != 0 == fold) sizes[rank - 1] *= shape[axis];
                else
                {
                    if (rank == Extents.MaxRank) throw new TooManyAxesException();
                    sizes[rank] = shape[axis];
                    strides[rank] = dense;
                    if (fold) folds |= 1UL << rank;
                    rank++;
                }
            }

            dense *= shape[axis];
        }

        for (int i = rank - 1; i >= 0; i--)
        {
            if (((folds >> i) & 1) != 0)
            {
                plan.FoldedDims[plan.Folded] = sizes[i];
                plan.FoldedStrides[plan.Folded++] = strides[i];
            }
            else
            {
                plan.KeptDims[plan.Kept] = sizes[i];
                plan.KeptStrides[plan.Kept++] = strides[i];
            }
        }

        plan.Simple = plan.Folded <= 1 && dense != 0;
        plan.Axis = plan.Folded == 0 ? 1 : plan.FoldedDims[0];
        plan.Inner = plan.Folded == 0 ? 1 : plan.FoldedStrides[0];
        plan.Outer = plan.Simple ? plan.Outputs / plan.Inner : 0;
        return plan;
    }

    /// <summary>Input offset of output element i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly long KeptOffset(long i)
    {
        long offset = 0;
        for (int axis = Kept - 1; axis >= 0; axis--)
        {
            offset += i % KeptDims[axis] * KeptStrides[axis];
            i /= KeptDims[axis];
        }

        return offset;
    }

    /// <summary>Input offset, relative to an output's own, of the i-th run along the innermost folded axis.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly long RunOffset(long i)
    {
        long offset = 0;
        for (int axis = Folded - 2; axis >= 0; axis--)
        {
            offset += i % FoldedDims[axis] * FoldedStrides[axis];
            i /= FoldedDims[axis];
        }

        return offset;
    }
}
