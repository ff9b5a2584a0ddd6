using System.Collections.Immutable;
using GraphPipe.Runtime.Cuda.Kernels;

namespace GraphPipe.Runtime.Cuda.Fusion;

/// <summary>Where a member of a fusion gets an operand from: an earlier member's result, or memory.</summary>
internal readonly record struct FusedSource
{
    private const int Outside = -1;

    private FusedSource(int member, Operand place) => (Member, Place) = (member, place);

    public bool IsMember => Member != Outside;

    public int Member { get; }

    public Operand Place { get; }

    public static FusedSource Result(int member) => new(member, default);

    public static FusedSource Memory(Operand place) => new(Outside, place);
}

/// <summary>A call of a fusion.</summary>
/// <param name="Sources">Of the function's operands.</param>
/// <param name="Result">Where the result goes; null if later members alone read it.</param>
internal sealed record FusedMember(ElementFunction Function, ImmutableArray<FusedSource> Sources, Operand? Result);

/// <summary>The reduction that ends a fusion.</summary>
/// <param name="Source">Of what is folded.</param>
/// <param name="Result">Where the result goes.</param>
internal sealed record FoldMember(ElementFold Fold, FusedSource Source, Operand Result);
