using System.Collections.Immutable;
using System.Reflection;
using GraphPipe.Runtime.Elements;

namespace GraphPipe.Runtime.Cuda.Fusion;

/// <summary>A value that fused code reads from memory.</summary>
/// <param name="Element">In memory.</param>
/// <param name="Walk">Which of the walks finds its elements; <see cref="Dense"/> if they are those of the results, in their order.</param>
internal readonly record struct FusedOperand(Type Element, int Walk)
{
    public const int Dense = -1;
}

/// <summary>What a step is given: an operand or the result of an earlier step.</summary>
internal readonly record struct FusedArgument(bool IsStep, int Number);

/// <summary>A call of a function of elements.</summary>
/// <param name="IsStored">Whether the result goes to memory.</param>
internal readonly record struct FusedStep(MethodInfo Method, bool IsStored)
{
    /// <summary>Whether the function takes constants behind its arguments.</summary>
    public bool HasConstants => Method.GetParameters() is [.., { } last] && last.ParameterType == typeof(OpConstants);

    public int Arguments => Method.GetParameters().Length - (HasConstants ? 1 : 0);
}

/// <summary>What the elements are folded to at last.</summary>
/// <param name="Reduction">An <see cref="Kernels.IReduction"/>.</param>
/// <param name="IsByGroup">Whether a group of threads folds to each result, and not a thread.</param>
/// <param name="Value">What is folded.</param>
internal sealed record FusedFold(Type Reduction, bool IsByGroup, FusedArgument Value);

/// <summary>All of fused code that its text depends on: sizes, strides and constants are numbers that it is given. Equal structures are the same code.</summary>
/// <param name="Walks">How many there are.</param>
/// <param name="Arguments">Those of the first step, then those of the second, and so on.</param>
/// <param name="Fold">Null where the results have all elements.</param>
internal sealed record FusedStructure(
    ImmutableArray<FusedOperand> Operands, int Walks, ImmutableArray<FusedStep> Steps, ImmutableArray<FusedArgument> Arguments, FusedFold? Fold)
{
    public bool Equals(FusedStructure? other) =>
        other is not null
        && Walks == other.Walks
        && Fold == other.Fold
        && Operands.SequenceEqual(other.Operands)
        && Steps.SequenceEqual(other.Steps)
        && Arguments.SequenceEqual(other.Arguments);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Fold);
        foreach (var step in Steps)
            hash.Add(step);
        foreach (var argument in Arguments)
            hash.Add(argument);
        return hash.ToHashCode();
    }
}
