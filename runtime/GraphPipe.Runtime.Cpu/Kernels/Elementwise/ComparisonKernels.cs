using System.Numerics;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>a = b.</summary>
[Kernel("Equal")]
public sealed class EqualKernel : ComparisonKernel<EqualOp, EqualKernel.Relation>
{
    public readonly struct Relation : IComparison
    {
        public static bool Holds<T>(T a, T b)
            where T : IComparisonOperators<T, T, bool> => a == b;
    }
}

/// <summary>a &lt; b.</summary>
[Kernel("Less")]
public sealed class LessKernel : ComparisonKernel<LessOp, LessKernel.Relation>
{
    public readonly struct Relation : IComparison
    {
        public static bool Holds<T>(T a, T b)
            where T : IComparisonOperators<T, T, bool> => a < b;
    }
}

/// <summary>a ≤ b.</summary>
[Kernel("LessOrEqual")]
public sealed class LessOrEqualKernel : ComparisonKernel<LessOrEqualOp, LessOrEqualKernel.Relation>
{
    public readonly struct Relation : IComparison
    {
        public static bool Holds<T>(T a, T b)
            where T : IComparisonOperators<T, T, bool> => a <= b;
    }
}

/// <summary>a &gt; b.</summary>
[Kernel("Greater")]
public sealed class GreaterKernel : ComparisonKernel<GreaterOp, GreaterKernel.Relation>
{
    public readonly struct Relation : IComparison
    {
        public static bool Holds<T>(T a, T b)
            where T : IComparisonOperators<T, T, bool> => a > b;
    }
}

/// <summary>a ≥ b.</summary>
[Kernel("GreaterOrEqual")]
public sealed class GreaterOrEqualKernel : ComparisonKernel<GreaterOrEqualOp, GreaterOrEqualKernel.Relation>
{
    public readonly struct Relation : IComparison
    {
        public static bool Holds<T>(T a, T b)
            where T : IComparisonOperators<T, T, bool> => a >= b;
    }
}
