using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The attribute <c>axes</c> of reductions, as a plan.</summary>
internal static class ReductionAxes
{
    /// <summary>The reduction of <paramref name="x"/>.</summary>
    public static ReductionPlan Plan(OperandType x, Attributes attributes) => ReductionPlan.Create(x.Shape.AsSpan(), Axes.Folded(attributes, x.Rank));
}
