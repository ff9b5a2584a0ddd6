using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>
/// How up to three dense operands are walked to give one dense output under ONNX broadcasting. Made once when shapes are bound; neighbouring
/// axes along which every operand moves alike are merged, so most plans have one or two axes.
/// </summary>
public struct BroadcastPlan
{
    /// <summary>Axes after merging; 0 for a single element.</summary>
    public int Rank;

    /// <summary>Sizes of the axes, outermost first.</summary>
    public Extents Dims;

    /// <summary>Elements that the first operand moves per step of an axis; 0 where it is broadcast.</summary>
    public Extents StrideA;

    /// <summary>The same for the second operand.</summary>
    public Extents StrideB;

    /// <summary>The same for the third operand.</summary>
    public Extents StrideC;

    /// <summary>Elements of the output.</summary>
    public long Count;

    /// <summary>Plan for two operands.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast, or more than eight axes are left after merging.</exception>
    public static BroadcastPlan Create(ReadOnlySpan<long> a, ReadOnlySpan<long> b) => Create(a, b, default);

    /// <summary>Plan for three operands (a scalar third operand is the same as none).</summary>
    /// <inheritdoc cref="Create(ReadOnlySpan{long}, ReadOnlySpan{long})"/>
    public static BroadcastPlan Create(ReadOnlySpan<long> a, ReadOnlySpan<long> b, ReadOnlySpan<long> c)
    {
        var plan = new BroadcastPlan { Count = 1 };
        int rank = Math.Max(a.Length, Math.Max(b.Length, c.Length));
        long denseA = 1, denseB = 1, denseC = 1;

        // From the innermost axis outwards; axes are appended reversed and turned round at the end.
        for (int axis = 1; axis <= rank; axis++)
        {
            long da = axis <= a.Length ? a[^axis] : 1, db = axis <= b.Length ? b[^axis] : 1, dc = axis <= c.Length ? c[^axis] : 1;
            long d = da != 1 ? da : db != 1 ? db : dc;
            if ((da != 1 && da != d) || (db != 1 && db != d) || (dc != 1 && dc != d))
                throw new ArgumentException($"sizes {da}, {db} and {dc} do not broadcast");
            plan.Count *= d;
            if (d == 1) continue;
            long sa = da == 1 ? 0 : denseA, sb = db == 1 ? 0 : denseB, sc = dc == 1 ? 0 : denseC;
            denseA *= da;
            denseB *= db;
            denseC *= dc;
            int last = plan.Rank - 1;
            if (last >= 0 && Continues(plan.StrideA[last], plan.Dims[last], sa) && Continues(plan.StrideB[last], plan.Dims[last], sb)
                && Continues(plan.StrideC[last], plan.Dims[last], sc))
            {
                plan.Dims[last] *= d;
                continue;
            }

            if (plan.Rank == Extents.MaxRank) throw new TooManyAxesException();
            plan.Dims[plan.Rank] = d;
            plan.StrideA[plan.Rank] = sa;
            plan.StrideB[plan.Rank] = sb;
            plan.StrideC[plan.Rank++] = sc;
        }

        for (int i = 0, j = plan.Rank - 1; i < j; i++, j--)
        {
            (plan.Dims[i], plan.Dims[j]) = (plan.Dims[j], plan.Dims[i]);
            (plan.StrideA[i], plan.StrideA[j]) = (plan.StrideA[j], plan.StrideA[i]);
            (plan.StrideB[i], plan.StrideB[j]) = (plan.StrideB[j], plan.StrideB[i]);
            (plan.StrideC[i], plan.StrideC[j]) = (plan.StrideC[j], plan.StrideC[i]);
        }

        return plan;
    }

    private static bool Continues(long innerStride, long innerSize, long stride) => stride == innerStride * innerSize;
}

/// <summary>
/// Walks a range of a plan's output in runs along the innermost axis: <c>for (cursor…; cursor.Next();)</c>.
/// </summary>
internal ref struct BroadcastCursor
{
    private readonly ref readonly BroadcastPlan plan;
    private readonly long end;
    private Extents index;
    private long next;

    /// <summary>Offsets of the operands at the run's first element.</summary>
    public long A, B, C;

    /// <summary>The run's first output element.</summary>
    public long Output;

    /// <summary>Elements in the run.</summary>
    public long Length;

    /// <summary>Strides of the operands along a run: 0 or 1.</summary>
    public readonly long StepA, StepB, StepC;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public BroadcastCursor(ref readonly BroadcastPlan plan, long from, long to)
    {
        this.plan = ref plan;
        end = to;
        next = from;
        long rest = from;
        for (int axis = plan.Rank - 1; axis >= 0 && plan.Count > 0; axis--)
        {
            index[axis] = rest % plan.Dims[axis];
            rest /= plan.Dims[axis];
        }

        if (plan.Rank == 0) return;
        StepA = plan.StrideA[plan.Rank - 1];
        StepB = plan.StrideB[plan.Rank - 1];
        StepC = plan.StrideC[plan.Rank - 1];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Next()
    {
        if (next >= end) return false;
        Output = next;
        if (plan.Rank == 0)
        {
            Length = 1;
            next = end;
            return true;
        }

        int inner = plan.Rank - 1;
        A = B = C = 0;
        for (int axis = 0; axis < plan.Rank; axis++)
        {
            A += index[axis] * plan.StrideA[axis];
            B += index[axis] * plan.StrideB[axis];
            C += index[axis] * plan.StrideC[axis];
        }

        Length = Math.Min(plan.Dims[inner] - index[inner], end - next);
        next += Length;
        index[inner] = 0;
        for (int axis = inner - 1; axis >= 0; axis--)
        {
            if (++index[axis] < plan.Dims[axis]) break;
            index[axis] = 0;
        }

        return true;
    }
}
