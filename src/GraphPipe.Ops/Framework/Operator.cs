using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops;

/// <summary>An operand that decides a shape or an axis and becomes an attribute of the given name at level core.</summary>
/// <param name="IsFloat">The operand is a scalar float (Clip's bounds, Pad's value), not a list of whole numbers.</param>
/// <param name="IsScalar">The attribute is one number, not a list.</param>
public readonly record struct AttributeOperand(int Index, string Name, bool IsFloat = false, bool IsScalar = false);

/// <summary>Work of one op: floating-point operations and bytes moved, in N.</summary>
public readonly record struct OpCost(Dim Flops, Dim Bytes);

/// <summary>
/// What the compiler knows about an operator: result types, what happens to the batch axis, what it costs, how to compute it on constants.
/// One class per operator, found by <see cref="OperatorAttribute"/>.
/// </summary>
public abstract class Operator
{
    /// <summary>The operands that are attributes at level core.</summary>
    public virtual ImmutableArray<AttributeOperand> AttributeOperands => [];

    /// <summary>Sets the types (and, for whole-number arithmetic on shapes, the contents) of the results as far as they follow from the operands.</summary>
    public abstract void Infer(InferenceContext c);

    /// <summary>
    /// Says where the samples lie in each result, given where they lie in the operands; or that the op mixes samples. The default is the
    /// rule of elementwise ops with broadcasting.
    /// </summary>
    public virtual void Batch(BatchContext c)
    {
        var layout = BatchRules.Broadcast(c);
        for (int i = 0; i < c.ResultCount; i++)
            c.Set(i, layout);
    }

    /// <summary>The default counts one operation per element of the first result, and reads and writes everything once.</summary>
    public virtual OpCost Cost(CostContext c) => new(c.ResultElements, c.AllBytes);

    /// <summary>
    /// Whether each element of the one result follows from the element in its place of every operand (spread to the result's shape), and from nothing
    /// else: then any part of the result can be computed alone, and several such ops together.
    /// </summary>
    public virtual bool IsElementwise => false;

    /// <summary>
    /// Whether the one result folds the elements of the first operand along axes, each of which is read once: then what makes the operand element by element
    /// can be folded as it is made.
    /// </summary>
    public virtual bool IsReduction => false;

    /// <summary>Bytes of scratch memory a kernel needs beside operands and results, in N.</summary>
    public virtual Dim Workspace(CostContext c) => Dim.Zero;

    /// <summary>The results for constant operands, or null where this is not worth while or not possible.</summary>
    public virtual ImmutableArray<TensorData>? Fold(FoldContext c) => null;
}
