using System.Numerics;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Σ x.</summary>
[Kernel("ReduceSum")]
public sealed class ReduceSumKernel : WholeReductionKernel<ReduceSum, ReduceSumKernel.Whole>
{
    public readonly struct Whole : IWholeReduction
    {
        public static T Identity<T>()
            where T : IBinaryInteger<T>, IMinMaxValue<T> => T.Zero;

        public static T Join<T>(T a, T b)
            where T : IBinaryInteger<T> => a + b;
    }
}

/// <summary>The product.</summary>
[Kernel("ReduceProd")]
public sealed class ReduceProdKernel : WholeReductionKernel<ReduceProd, ReduceProdKernel.Whole>
{
    public readonly struct Whole : IWholeReduction
    {
        public static T Identity<T>()
            where T : IBinaryInteger<T>, IMinMaxValue<T> => T.One;

        public static T Join<T>(T a, T b)
            where T : IBinaryInteger<T> => a * b;
    }
}

/// <summary>The largest; NaN if there is one, -∞ of nothing.</summary>
[Kernel("ReduceMax")]
public sealed class ReduceMaxKernel : WholeReductionKernel<ReduceMax, ReduceMaxKernel.Whole>
{
    public readonly struct Whole : IWholeReduction
    {
        public static T Identity<T>()
            where T : IBinaryInteger<T>, IMinMaxValue<T> => T.MinValue;

        public static T Join<T>(T a, T b)
            where T : IBinaryInteger<T> => T.Max(a, b);
    }
}

/// <summary>The smallest; NaN if there is one, ∞ of nothing.</summary>
[Kernel("ReduceMin")]
public sealed class ReduceMinKernel : WholeReductionKernel<ReduceMin, ReduceMinKernel.Whole>
{
    public readonly struct Whole : IWholeReduction
    {
        public static T Identity<T>()
            where T : IBinaryInteger<T>, IMinMaxValue<T> => T.MaxValue;

        public static T Join<T>(T a, T b)
            where T : IBinaryInteger<T> => T.Min(a, b);
    }
}

/// <summary>Σ x / n.</summary>
[Kernel("ReduceMean")]
public sealed class ReduceMeanKernel : ReductionKernel<ReduceMean>;

/// <summary>Σ |x|.</summary>
[Kernel("ReduceL1")]
public sealed class ReduceL1Kernel : ReductionKernel<ReduceL1>;

/// <summary>√Σ x².</summary>
[Kernel("ReduceL2")]
public sealed class ReduceL2Kernel : ReductionKernel<ReduceL2>;

/// <summary>Σ x².</summary>
[Kernel("ReduceSumSquare")]
public sealed class ReduceSumSquareKernel : ReductionKernel<ReduceSumSquare>;

/// <summary>log Σ x.</summary>
[Kernel("ReduceLogSum")]
public sealed class ReduceLogSumKernel : ReductionKernel<ReduceLogSum>;
