using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Up to eight sizes or strides, held by value so that a plan is one flat struct.</summary>
[InlineArray(MaxRank)]
public struct Extents
{
    /// <summary>Most axes that a loop can have after neighbouring axes are merged.</summary>
    public const int MaxRank = 8;

    private long first;
}
