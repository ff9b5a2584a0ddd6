using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>An operand has more axes than <see cref="Extents.MaxRank"/> that can't be merged: there is no kernel of ours for the call.</summary>
public sealed class TooManyAxesException : Exception;

/// <summary>Up to eight sizes or strides, held by value so that a plan is one flat struct.</summary>
[InlineArray(MaxRank)]
public struct Extents
{
    /// <summary>Most axes that a loop can have after neighbouring axes are merged.</summary>
    public const int MaxRank = 8;

    private long first;
}
