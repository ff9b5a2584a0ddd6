using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>Only NaN differs from itself; only infinities lie beyond the largest number.</summary>
[Decomposition("IsNaN")]
[Decomposition("IsInf")]
internal sealed class IsNaNDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        if (c.Emit.TypeOf(c.X).Type != DType.F32)
            return null;
        if (c.Op.Is("IsNaN"))
            return [c.Emit.Emit("Not", [c.Emit.Emit("Equal", [c.X, c.X])])];
        ValueId Above() => c.Emit.Emit("Greater", [c.X, c.Emit.Scalar(float.MaxValue)]);
        ValueId Below() => c.Emit.Emit("Less", [c.X, c.Emit.Scalar(float.MinValue)]);
        return (c.Op.Attributes.Int("detect_positive", 1) != 0, c.Op.Attributes.Int("detect_negative", 1) != 0) switch
        {
            (true, true) => [c.Emit.Emit("Or", [Above(), Below()])],
            (true, false) => [Above()],
            (false, true) => [Below()],
            _ => [c.Emit.Emit("Greater", [c.X, c.X])], // Asked for nothing: false everywhere.
        };
    }
}
