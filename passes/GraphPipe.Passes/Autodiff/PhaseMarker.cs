using System.Collections.Immutable;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>
/// Tells the backward ops that earlier stages wait for from those that only make gradients of parameters: the first are those that the
/// gradient of some value that depends on the data needs.
/// </summary>
internal static class PhaseMarker
{
    public static ImmutableArray<Op> Mark(Module module, ImmutableArray<Op> backward, IEnumerable<ValueId> dataGradients)
    {
        var needed = dataGradients.ToHashSet();
        var phases = new Phase[backward.Length];
        for (int i = backward.Length - 1; i >= 0; i--)
        {
            bool forInput = backward[i].Results.Any(needed.Contains);
            phases[i] = forInput ? Phase.BackwardInput : Phase.BackwardWeight;
            if (forInput)
                needed.UnionWith(backward[i].Operands);
        }

        return [.. backward.Select((op, i) => op with { Phase = phases[i] })];
    }
}
