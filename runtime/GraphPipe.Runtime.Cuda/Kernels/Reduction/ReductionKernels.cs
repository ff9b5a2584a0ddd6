using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>A fold over <c>axes</c>, f32.</summary>
public abstract class ReductionKernel<TReduction> : FoldKernel
    where TReduction : struct, IReduction
{
    public override ElementFold? Fold(KernelBinding binding)
    {
        var x = binding.Input(0);
        return binding.AllAre(DType.F32) ? new ElementFold(typeof(TReduction), x.Shape, Axes.Folded(binding.Attributes, x.Rank)) : null;
    }
}

/// <summary>A fold over <c>axes</c>, f32, i64 and i32.</summary>
public abstract class WholeReductionKernel<TReduction, TWhole> : ReductionKernel<TReduction>
    where TReduction : struct, IReduction
    where TWhole : struct, IWholeReduction<long>, IWholeReduction<int>
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches) =>
        binding.AllAre(DType.I64) ? Reductions.Whole(binding, launches, ReductionCode.Whole<long, TWhole>)
        : binding.AllAre(DType.I32) ? Reductions.Whole(binding, launches, ReductionCode.Whole<int, TWhole>)
        : base.Bind(binding, launches);
}

/// <summary>Σ x.</summary>
[Kernel("ReduceSum")]
public sealed class ReduceSumKernel : WholeReductionKernel<ReduceSumKernel.Op, ReduceSumKernel.Whole>
{
    public readonly struct Whole : IWholeReduction<long>, IWholeReduction<int>
    {
        static long IWholeReduction<long>.Identity => 0;

        static int IWholeReduction<int>.Identity => 0;

        public static long Join(long a, long b) => a + b;

        public static int Join(int a, int b) => a + b;
    }

    public readonly struct Op : IReduction
    {
        public static double Identity => 0;

        public static double Map(float x) => x;

        public static double Join(double a, double b) => a + b;

        public static float Finish(double fold, int count) => (float)fold;
    }
}

/// <summary>Σ x / n.</summary>
[Kernel("ReduceMean")]
public sealed class ReduceMeanKernel : ReductionKernel<ReduceMeanKernel.Op>
{
    public readonly struct Op : IReduction
    {
        public static double Identity => 0;

        public static double Map(float x) => x;

        public static double Join(double a, double b) => a + b;

        public static float Finish(double fold, int count) => (float)(fold / count);
    }
}

/// <summary>Π x.</summary>
[Kernel("ReduceProd")]
public sealed class ReduceProdKernel : WholeReductionKernel<ReduceProdKernel.Op, ReduceProdKernel.Whole>
{
    public readonly struct Whole : IWholeReduction<long>, IWholeReduction<int>
    {
        static long IWholeReduction<long>.Identity => 1;

        static int IWholeReduction<int>.Identity => 1;

        public static long Join(long a, long b) => a * b;

        public static int Join(int a, int b) => a * b;
    }

    public readonly struct Op : IReduction
    {
        public static double Identity => 1;

        public static double Map(float x) => x;

        public static double Join(double a, double b) => a * b;

        public static float Finish(double fold, int count) => (float)fold;
    }
}

/// <summary>The largest; NaN if there is one, -∞ of nothing.</summary>
[Kernel("ReduceMax")]
public sealed class ReduceMaxKernel : WholeReductionKernel<ReduceMaxKernel.Op, ReduceMaxKernel.Whole>
{
    public readonly struct Whole : IWholeReduction<long>, IWholeReduction<int>
    {
        static long IWholeReduction<long>.Identity => long.MinValue;

        static int IWholeReduction<int>.Identity => int.MinValue;

        public static long Join(long a, long b) => a > b ? a : b;

        public static int Join(int a, int b) => a > b ? a : b;
    }

    public readonly struct Op : IReduction
    {
        public static double Identity => double.NegativeInfinity;

        public static double Map(float x) => x;

        public static double Join(double a, double b) => a > b || !(a <= double.PositiveInfinity) ? a : b;

        public static float Finish(double fold, int count) => (float)fold;
    }
}

/// <summary>The smallest; NaN if there is one, ∞ of nothing.</summary>
[Kernel("ReduceMin")]
public sealed class ReduceMinKernel : WholeReductionKernel<ReduceMinKernel.Op, ReduceMinKernel.Whole>
{
    public readonly struct Whole : IWholeReduction<long>, IWholeReduction<int>
    {
        static long IWholeReduction<long>.Identity => long.MaxValue;

        static int IWholeReduction<int>.Identity => int.MaxValue;

        public static long Join(long a, long b) => a < b ? a : b;

        public static int Join(int a, int b) => a < b ? a : b;
    }

    public readonly struct Op : IReduction
    {
        public static double Identity => double.PositiveInfinity;

        public static double Map(float x) => x;

        public static double Join(double a, double b) => a < b || !(a <= double.PositiveInfinity) ? a : b;

        public static float Finish(double fold, int count) => (float)fold;
    }
}

/// <summary>Σ |x|.</summary>
[Kernel("ReduceL1")]
public sealed class ReduceL1Kernel : ReductionKernel<ReduceL1Kernel.Op>
{
    public readonly struct Op : IReduction
    {
        public static double Identity => 0;

        public static double Map(float x) => DeviceMath.Abs(x);

        public static double Join(double a, double b) => a + b;

        public static float Finish(double fold, int count) => (float)fold;
    }
}

/// <summary>√Σ x².</summary>
[Kernel("ReduceL2")]
public sealed class ReduceL2Kernel : ReductionKernel<ReduceL2Kernel.Op>
{
    public readonly struct Op : IReduction
    {
        public static double Identity => 0;

        public static double Map(float x) => (double)x * x;

        public static double Join(double a, double b) => a + b;

        public static float Finish(double fold, int count) => (float)Math.Sqrt(fold);
    }
}

/// <summary>Σ x².</summary>
[Kernel("ReduceSumSquare")]
public sealed class ReduceSumSquareKernel : ReductionKernel<ReduceSumSquareKernel.Op>
{
    public readonly struct Op : IReduction
    {
        public static double Identity => 0;

        public static double Map(float x) => (double)x * x;

        public static double Join(double a, double b) => a + b;

        public static float Finish(double fold, int count) => (float)fold;
    }
}

/// <summary>log Σ x.</summary>
[Kernel("ReduceLogSum")]
public sealed class ReduceLogSumKernel : ReductionKernel<ReduceLogSumKernel.Op>
{
    public readonly struct Op : IReduction
    {
        public static double Identity => 0;

        public static double Map(float x) => x;

        public static double Join(double a, double b) => a + b;

        public static float Finish(double fold, int count) => DeviceMath.Log((float)fold);
    }
}
