using System.Collections.Immutable;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>Sum and Mean of any number of operands become Adds, and a multiplication by 1/n for Mean; Max and Min become chains of two.</summary>
[Decomposition("Sum")]
[Decomposition("Mean")]
[Decomposition("Max")]
[Decomposition("Min")]
internal sealed class VariadicDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        var operands = c.Op.Operands;
        string type = c.Op.Name.Type;
        if (type is "Max" or "Min" && operands.Length == 2)
            return null;
        var sum = operands[0];
        foreach (var operand in operands.Skip(1))
            sum = c.Emit.Emit(type is "Sum" or "Mean" ? "Add" : type, [sum, operand]);
        if (type == "Mean" && operands.Length > 1)
            sum = c.Emit.Emit("Mul", [sum, c.Emit.Scalar(1f / operands.Length)]);
        return [sum];
    }
}
