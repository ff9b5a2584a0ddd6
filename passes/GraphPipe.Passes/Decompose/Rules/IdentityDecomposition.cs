using System.Collections.Immutable;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>Gone: the result is the operand. Dropout in training mode stays, unless it drops nothing.</summary>
[Decomposition("Identity")]
[Decomposition("Dropout")]
internal sealed class IdentityDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c) => c.Op.Is("Dropout") && IsTraining(c) && !DropsNothing(c) ? null : [c.X];

    // The ratio's default is a half; one that is no constant is still an operand.
    private static bool DropsNothing(DecompositionContext c) => !c.Has(1) && c.Op.Attributes.Float("ratio", 0.5f) == 0;

    private static bool IsTraining(DecompositionContext c) =>
        c.Has(2) && c.Constant(c.Op.Operands[2]) is not { Count: 1 } mode || (c.Has(2) && c.Constant(c.Op.Operands[2])!.LongAt(0) != 0);
}
