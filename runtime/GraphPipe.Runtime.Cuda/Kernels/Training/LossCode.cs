using GraphPipe.Runtime.Cuda.Numerics;
using ILGPU;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>Logits [n, Classes, Inner] and targets [n, Inner]; a position is one of the n·Inner.</summary>
internal struct CrossEntropyNumbers
{
    public int Positions, Classes, Inner;
    public long Ignore;
    public long Fault;

    public readonly int StartOf(int position)
    {
        int sample = position / Inner;
        return sample * Classes * Inner + position - sample * Inner;
    }
}

/// <summary>A count of elements.</summary>
internal struct CountNumbers
{
    public int Count;
}

/// <summary>What runs on the GPU for losses: a partial sum per group in working memory, then one group that adds them, both in a fixed order.</summary>
internal static class LossCode
{
    /// <summary>Partial sums at most.</summary>
    public const int MostGroups = 512;

    public static void CrossEntropy(ArrayView<float> logits, ArrayView<long> targets, ArrayView<double> sums, ArrayView<long> fault, CrossEntropyNumbers n)
    {
        double own = 0;
        for (int position = Grid.IdxX; position < n.Positions; position += Grid.DimX)
        {
            int start = n.StartOf(position);
            long target = targets[position];
            if (target == n.Ignore)
                continue;
            if (target < 0 || target >= n.Classes)
            {
                if (Group.IdxX == 0)
                    FaultCode.Report(fault, n.Fault, target);
                continue;
            }

            var row = new AxisNumbers { Axis = n.Classes, Inner = n.Inner };
            float max = AxisCode.RowMax(logits, row, start);
            double sum = AxisCode.SumOfExponentials(logits, row, start, max);
            own += (float)(DoubleMath.Log(sum) - (logits[start + (int)target * n.Inner] - max));
        }

        if (Group.IdxX == 0)
            sums[Grid.IdxX] = own;
    }

    public static void CrossEntropyGradient(
        ArrayView<float> logits, ArrayView<long> targets, ArrayView<float> scale, ArrayView<float> dlogits, ArrayView<long> fault, CrossEntropyNumbers n)
    {
        int position = Grid.IdxX, start = n.StartOf(position);
        long target = targets[position];
        bool ignored = target == n.Ignore, exists = target >= 0 && target < n.Classes;
        if (ignored || !exists)
        {
            if (!ignored && Group.IdxX == 0)
                FaultCode.Report(fault, n.Fault, target);
            for (int i = Group.IdxX; i < n.Classes; i += GroupFold.Threads)
                dlogits[start + i * n.Inner] = 0f;
            return;
        }

        var row = new AxisNumbers { Axis = n.Classes, Inner = n.Inner };
        float max = AxisCode.RowMax(logits, row, start);
        float inverse = (float)(1 / AxisCode.SumOfExponentials(logits, row, start, max)), factor = scale[0];
        for (int i = Group.IdxX; i < n.Classes; i += GroupFold.Threads)
        {
            float p = DeviceMath.Exp(logits[start + i * n.Inner] - max) * inverse;
            dlogits[start + i * n.Inner] = (i == (int)target ? p - 1f : p) * factor;
        }
    }

    public static void SquaredError(ArrayView<float> y, ArrayView<float> target, ArrayView<double> sums, CountNumbers n)
    {
        double own = 0;
        for (int i = Grid.IdxX * GroupFold.Threads + Group.IdxX; i < n.Count; i += Grid.DimX * GroupFold.Threads)
        {
            double d = y[i] - target[i];
            own += d * d;
        }

        double sum = GroupFold.Sum(own);
        if (Group.IdxX == 0)
            sums[Grid.IdxX] = sum;
    }

    public static void SquaredErrorGradient(ArrayView<float> y, ArrayView<float> target, ArrayView<float> scale, ArrayView<float> dy, CountNumbers n)
    {
        int i = Grid.GlobalIndex.X;
        if (i < n.Count)
            dy[i] = (y[i] - target[i]) * (2f * scale[0]);
    }

    /// <summary>The loss from its partial sums; one group.</summary>
    public static void Total(ArrayView<double> sums, ArrayView<float> scale, ArrayView<float> loss, CountNumbers n)
    {
        double own = 0;
        for (int i = Group.IdxX; i < n.Count; i += GroupFold.Threads)
            own += sums[i];
        double total = GroupFold.Sum(own);
        if (Group.IdxX == 0)
            loss[0] = (float)(scale[0] * total);
    }
}
