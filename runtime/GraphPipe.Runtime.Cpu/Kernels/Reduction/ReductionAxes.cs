using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The attribute <c>axes</c> of reductions.</summary>
internal static class ReductionAxes
{
    /// <summary>Bit i is set where axis i is folded; all of them if the attribute is absent.</summary>
    public static ulong Mask(Attributes attributes, int rank)
    {
        if (attributes.Ints("axes") is not { } axes)
            return (1UL << rank) - 1;
        ulong mask = 0;
        foreach (long axis in axes)
            mask |= 1UL << (int)(axis < 0 ? axis + rank : axis);
        return mask;
    }

    /// <summary>The reduction of <paramref name="x"/>.</summary>
    public static ReductionPlan Plan(OperandType x, Attributes attributes) => ReductionPlan.Create(x.Shape.AsSpan(), Mask(attributes, x.Rank));

    /// <summary>The shape with ones on the folded axes: what the reduction gives with <c>keepdims</c>.</summary>
    public static long[] Kept(ReadOnlySpan<long> shape, ulong mask)
    {
        long[] kept = shape.ToArray();
        for (int axis = 0; axis < kept.Length; axis++)
            kept[axis] = ((mask >> axis) & 1) != 0 ? 1 : kept[axis];
        return kept;
    }
}
