using GraphPipe.Bundle;

namespace GraphPipe;

/// <summary>One compared quantity.</summary>
/// <param name="Name">As in the reference file: <c>output.y</c>, <c>loss</c>, <c>grad.w</c>, <c>losses.sgd</c>, <c>final.sgd.w</c>.</param>
/// <param name="LeftOut">Elements that take no part (see the Adam rule).</param>
public sealed record Check(string Name, double RelativeError, double Tolerance, long LeftOut = 0)
{
    public bool Passed => RelativeError <= Tolerance;
}

/// <summary>The error measure of references: ‖a − b‖₂ / max(‖b‖₂, 1e-6·√n).</summary>
public static class Comparison
{
    public const double OutputTolerance = 1e-5;
    public const double GradientTolerance = 3e-5;

    // Units: results of f32 that differ in their last bits are now and then rounded to neighbours, in several ops one after the other.
    private const int Roundings = 4;

    /// <summary>A tolerance of f32, for a pipeline that may hand on halves: then at least four of the coarsest type's units (2⁻¹¹ for f16, 2⁻⁸ for bf16).</summary>
    public static double ToleranceOf(StageBundle bundle, double single)
    {
        var types = bundle.Stages.SelectMany(s => s.Program.Buffers).Select(b => b.Type).ToHashSet();
        return types.Contains(DType.BF16) ? Math.Max(single, Roundings / 256.0) : types.Contains(DType.F16) ? Math.Max(single, Roundings / 2048.0) : single;
    }

    /// <summary>The error of <paramref name="a"/> against <paramref name="b"/>; infinite where the shapes differ or a value is not finite.</summary>
    /// <param name="counts">Which elements count; null for all.</param>
    public static double RelativeError(TensorData a, TensorData b, Func<int, bool>? counts = null) =>
        !a.Shape.AsSpan().SequenceEqual(b.Shape.AsSpan()) ? double.PositiveInfinity : RelativeError((int)a.Count, a.DoubleAt, b.DoubleAt, counts);

    public static double RelativeError(int n, Func<int, double> a, Func<int, double> b, Func<int, bool>? counts = null)
    {
        double difference = 0;
        double norm = 0;
        long used = 0;
        for (int i = 0; i < n; i++)
        {
            if (counts is not null && !counts(i))
                continue;
            used++;
            double d = a(i) - b(i);
            difference += d * d;
            norm += b(i) * b(i);
        }

        if (used == 0)
            return 0;
        double error = Math.Sqrt(difference) / Math.Max(Math.Sqrt(norm), 1e-6 * Math.Sqrt(used));
        return double.IsNaN(error) ? double.PositiveInfinity : error;
    }
}
