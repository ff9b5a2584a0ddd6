using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Σ x.</summary>
public readonly unsafe struct ReduceSum : IReduction
{
    public static float Identity => 0f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Step(Vector512<float> sum, Vector512<float> x) => sum + x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Join(Vector512<float> a, Vector512<float> b) => a + b;

    public static double Join(double a, double b) => a + b;

    public static double Row(float* x, long n) => RowFold.Sum(default(IdentityMap), x, n);

    public static double Finish(double fold, long count) => fold;
}

/// <summary>Σ x / n.</summary>
public readonly unsafe struct ReduceMean : IReduction
{
    public static float Identity => 0f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Step(Vector512<float> sum, Vector512<float> x) => sum + x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Join(Vector512<float> a, Vector512<float> b) => a + b;

    public static double Join(double a, double b) => a + b;

    public static double Row(float* x, long n) => RowFold.Sum(default(IdentityMap), x, n);

    public static double Finish(double fold, long count) => fold / count;
}

/// <summary>Σ |x|.</summary>
public readonly unsafe struct ReduceL1 : IReduction
{
    public static float Identity => 0f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Step(Vector512<float> sum, Vector512<float> x) => sum + Vector512.Abs(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Join(Vector512<float> a, Vector512<float> b) => a + b;

    public static double Join(double a, double b) => a + b;

    public static double Row(float* x, long n) => RowFold.Sum(default(AbsMap), x, n);

    public static double Finish(double fold, long count) => fold;
}

/// <summary>√Σ x².</summary>
public readonly unsafe struct ReduceL2 : IReduction
{
    public static float Identity => 0f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Step(Vector512<float> sum, Vector512<float> x) => sum + x * x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Join(Vector512<float> a, Vector512<float> b) => a + b;

    public static double Join(double a, double b) => a + b;

    public static double Row(float* x, long n) => RowFold.Sum(default(SquareMap), x, n);

    public static double Finish(double fold, long count) => Math.Sqrt(fold);
}

/// <summary>Σ x².</summary>
public readonly unsafe struct ReduceSumSquare : IReduction
{
    public static float Identity => 0f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Step(Vector512<float> sum, Vector512<float> x) => sum + x * x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Join(Vector512<float> a, Vector512<float> b) => a + b;

    public static double Join(double a, double b) => a + b;

    public static double Row(float* x, long n) => RowFold.Sum(default(SquareMap), x, n);

    public static double Finish(double fold, long count) => fold;
}

/// <summary>log Σ x.</summary>
public readonly unsafe struct ReduceLogSum : IReduction
{
    public static float Identity => 0f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Step(Vector512<float> sum, Vector512<float> x) => sum + x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Join(Vector512<float> a, Vector512<float> b) => a + b;

    public static double Join(double a, double b) => a + b;

    public static double Row(float* x, long n) => RowFold.Sum(default(IdentityMap), x, n);

    public static double Finish(double fold, long count) => Math.Log(fold);
}

/// <summary>Largest element; NaN if there is one.</summary>
public readonly unsafe struct ReduceMax : IReduction
{
    public static float Identity => float.NegativeInfinity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Step(Vector512<float> sum, Vector512<float> x) => Vector512.Max(sum, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Join(Vector512<float> a, Vector512<float> b) => Vector512.Max(a, b);

    public static double Join(double a, double b) => Math.Max(a, b);

    public static double Row(float* x, long n) => RowFold.Max(x, n);

    public static double Finish(double fold, long count) => fold;
}

/// <summary>Smallest element; NaN if there is one.</summary>
public readonly unsafe struct ReduceMin : IReduction
{
    public static float Identity => float.PositiveInfinity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Step(Vector512<float> sum, Vector512<float> x) => Vector512.Min(sum, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Join(Vector512<float> a, Vector512<float> b) => Vector512.Min(a, b);

    public static double Join(double a, double b) => Math.Min(a, b);

    public static double Row(float* x, long n) => RowFold.Min(x, n);

    public static double Finish(double fold, long count) => fold;
}

/// <summary>Product.</summary>
public readonly unsafe struct ReduceProd : IReduction
{
    public static float Identity => 1f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Step(Vector512<float> sum, Vector512<float> x) => sum * x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Join(Vector512<float> a, Vector512<float> b) => a * b;

    public static double Join(double a, double b) => a * b;

    public static double Row(float* x, long n) => RowFold.Product(x, n);

    public static double Finish(double fold, long count) => fold;
}
