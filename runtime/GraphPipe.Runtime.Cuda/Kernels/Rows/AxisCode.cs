using GraphPipe.Runtime.Cuda.Numerics;
using ILGPU;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>A tensor as [Outer, Axis, Inner]; a row is what lies along the middle axis, and a group works on one.</summary>
internal struct AxisNumbers
{
    public int Axis, Inner;

    /// <summary>The first element of the group's row; the next is <see cref="Inner"/> further.</summary>
    public readonly int Start
    {
        get
        {
            int outer = Grid.IdxX / Inner;
            return outer * Axis * Inner + Grid.IdxX - outer * Inner;
        }
    }
}

/// <summary>What runs on the GPU for softmax and its kin.</summary>
internal static class AxisCode
{
    public static void Softmax(ArrayView<float> x, ArrayView<float> y, AxisNumbers n)
    {
        int start = n.Start;
        float max = RowMax(x, n, start);
        float inverse = (float)(1 / SumOfExponentials(x, n, start, max));
        for (int i = Group.IdxX; i < n.Axis; i += GroupFold.Threads)
            y[start + i * n.Inner] = DeviceMath.Exp(x[start + i * n.Inner] - max) * inverse;
    }

    public static void LogSoftmax(ArrayView<float> x, ArrayView<float> y, AxisNumbers n)
    {
        int start = n.Start;
        float max = RowMax(x, n, start);
        float log = (float)DoubleMath.Log(SumOfExponentials(x, n, start, max));
        for (int i = Group.IdxX; i < n.Axis; i += GroupFold.Threads)
            y[start + i * n.Inner] = x[start + i * n.Inner] - max - log;
    }

    public static void SoftmaxGradient(ArrayView<float> dy, ArrayView<float> y, ArrayView<float> dx, AxisNumbers n)
    {
        int start = n.Start;
        double sum = 0;
        for (int i = Group.IdxX; i < n.Axis; i += GroupFold.Threads)
            sum += (double)dy[start + i * n.Inner] * y[start + i * n.Inner];
        float dot = (float)GroupFold.Sum(sum);
        for (int i = Group.IdxX; i < n.Axis; i += GroupFold.Threads)
            dx[start + i * n.Inner] = y[start + i * n.Inner] * (dy[start + i * n.Inner] - dot);
    }

    public static void LogSoftmaxGradient(ArrayView<float> dy, ArrayView<float> y, ArrayView<float> dx, AxisNumbers n)
    {
        int start = n.Start;
        double sum = 0;
        for (int i = Group.IdxX; i < n.Axis; i += GroupFold.Threads)
            sum += dy[start + i * n.Inner];
        float total = (float)GroupFold.Sum(sum);
        for (int i = Group.IdxX; i < n.Axis; i += GroupFold.Threads)
            dx[start + i * n.Inner] = dy[start + i * n.Inner] - DeviceMath.Exp(y[start + i * n.Inner]) * total;
    }

    /// <summary>The largest element of the group's row.</summary>
    public static float RowMax(ArrayView<float> x, AxisNumbers n, int start)
    {
        float max = float.NegativeInfinity;
        for (int i = Group.IdxX; i < n.Axis; i += GroupFold.Threads)
            max = DeviceMath.Max(max, x[start + i * n.Inner]);
        return GroupFold.Max(max);
    }

    /// <summary>Σ e^(x - max) over the group's row.</summary>
    public static double SumOfExponentials(ArrayView<float> x, AxisNumbers n, int start, float max)
    {
        double sum = 0;
        for (int i = Group.IdxX; i < n.Axis; i += GroupFold.Threads)
            sum += DeviceMath.Exp(x[start + i * n.Inner] - max);
        return GroupFold.Sum(sum);
    }
}
