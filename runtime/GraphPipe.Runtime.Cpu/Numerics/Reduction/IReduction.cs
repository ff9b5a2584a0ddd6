using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>A fold of many floats into one, as the reduction loops see it.</summary>
public unsafe interface IReduction
{
    /// <summary>Fold of nothing.</summary>
    static abstract float Identity { get; }

    /// <summary>Takes one element more into each lane.</summary>
    static abstract Vector512<float> Step(Vector512<float> sum, Vector512<float> x);

    /// <summary>Joins two folds.</summary>
    static abstract Vector512<float> Join(Vector512<float> a, Vector512<float> b);

    /// <summary>Joins two folds.</summary>
    static abstract double Join(double a, double b);

    /// <summary>Fold of n neighbouring floats.</summary>
    static abstract double Row(float* x, long n);

    /// <summary>The result, from the fold and the number of elements.</summary>
    static abstract double Finish(double fold, long count);
}
