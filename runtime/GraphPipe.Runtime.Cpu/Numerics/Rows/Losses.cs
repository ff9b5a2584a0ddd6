using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Cross-entropy of logits [n, classes, inner] against int64 classes [n, inner], loss and gradient in one pass.</summary>
public static unsafe class CrossEntropy
{
    /// <summary>
    /// <c>losses = weight[t]·(log Σ e^x - x[t])</c> and <c>dx = (softmax(x) - onehot(t))·(scale·weight[t])</c>; both zero where
    /// t is the ignored class.
    /// </summary>
    /// <param name="x">[n, classes, inner].</param>
    /// <param name="targets">[n, inner].</param>
    /// <param name="weights">[classes], or null for one.</param>
    /// <param name="losses">[n, inner], or null.</param>
    /// <param name="dx">[n, classes, inner], or null; may be x.</param>
    /// <param name="scale">Factor of the gradient (one over the normaliser of a mean).</param>
    /// <param name="n">Samples.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="inner">Positions per sample.</param>
    /// <param name="ignore">Class that counts for nothing; may lie outside the classes.</param>
    /// <returns>-1, or the position in <paramref name="targets"/> of the first class that does not exist; nothing is written from there on.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long Run(
        float* x, long* targets, float* weights, float* losses, float* dx, float scale, long n, long classes, long inner, long ignore) =>
        Run(x, targets, weights, losses, dx, scale, classes, inner, ignore, 0, n * inner);

    /// <summary>The same for positions from ≤ i &lt; to of the n·inner.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long Run(
        float* x, long* targets, float* weights, float* losses, float* dx, float scale, long classes, long inner, long ignore, long from, long to)
    {
        for (long i = from; i < to; i++)
        {
            long target = targets[i];
            long at = i / inner * classes * inner + i % inner;
            bool ignored = target == ignore;
            if (!ignored && (ulong)target >= (ulong)classes) return i;
            float weight = ignored ? 0f : weights == null ? 1f : weights[target];
            if (inner == 1) Contiguous(x + at, target, weight, losses == null ? null : losses + i, dx == null ? null : dx + at, scale, classes, ignored);
            else Strided(x + at, target, weight, losses == null ? null : losses + i, dx == null ? null : dx + at, scale, classes, inner, ignored);
        }

        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Contiguous(float* x, long target, float weight, float* loss, float* dx, float scale, long classes, bool ignored)
    {
        if (ignored)
        {
            if (loss != null) *loss = 0f;
            if (dx != null) new Span<float>(dx, checked((int)classes)).Clear();
            return;
        }

        float max = RowFold.Max(x, classes);
        double sum = RowFold.Sum(new ExpMap(max), x, classes);
        if (loss != null) *loss = (float)(weight * (Math.Log(sum) - (x[target] - max)));
        if (dx == null) return;
        float own = x[target];
        var peak = Vector512.Create(max);
        var inverse = Vector512.Create((float)(1 / sum));
        var factor = Vector512.Create(scale * weight);
        for (long i = 0; i < classes; i += 16)
            Lanes.Store(dx + i, VectorMath.Exp(Lanes.Load(x + i, classes - i) - peak) * inverse * factor, classes - i);
        dx[target] = (VectorMath.Exp(Vector512.Create(own - max)).ToScalar() * inverse.ToScalar() - 1f) * (scale * weight);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Strided(
        float* x, long target, float weight, float* loss, float* dx, float scale, long classes, long inner, bool ignored)
    {
        float max = float.NegativeInfinity;
        for (long c = 0; c < classes; c++) max = MathF.Max(max, x[c * inner]);
        double sum = 0;
        for (long c = 0; c < classes; c++) sum += VectorMath.Exp(Vector512.CreateScalarUnsafe(x[c * inner] - max)).ToScalar();
        if (loss != null) *loss = ignored ? 0f : (float)(weight * (Math.Log(sum) - (x[target * inner] - max)));
        if (dx == null) return;
        float inverse = (float)(1 / sum), factor = scale * weight;
        for (long c = 0; c < classes; c++)
        {
            float p = VectorMath.Exp(Vector512.CreateScalarUnsafe(x[c * inner] - max)).ToScalar() * inverse;
            dx[c * inner] = ignored ? 0f : (c == target ? p - 1f : p) * factor;
        }
    }
}

/// <summary>Squared error.</summary>
public static unsafe class SquaredError
{
    /// <summary>Σ (x - t)² over n elements, in the order of <see cref="RowFold"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Sum(float* x, float* t, long n)
    {
        double total = 0;
        for (long from = 0; from < n; from += RowFold.Run)
        {
            Vector512<float> s = default;
            for (long i = from; i < Math.Min(n, from + RowFold.Run); i += 16)
            {
                var d = Lanes.Load(x + i, n - i) - Lanes.Load(t + i, n - i);
                s += d * d;
            }

            total += Lanes.Sum(s);
        }

        return total;
    }

    /// <summary><c>dx = (x - t)·scale</c>; scale is 2 over the number of elements for the mean.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gradient(float* x, float* t, float* dx, float scale, long n)
    {
        var factor = Vector512.Create(scale);
        for (long i = 0; i < n; i += 16)
            Lanes.Store(dx + i, (Lanes.Load(x + i, n - i) - Lanes.Load(t + i, n - i)) * factor, n - i);
    }
}
