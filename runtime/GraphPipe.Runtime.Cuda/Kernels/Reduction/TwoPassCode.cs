using GraphPipe.Runtime.Cuda.Numerics;
using ILGPU;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>What runs on the GPU for reductions that look at their elements twice, and for their gradients: a group per result.</summary>
internal static class TwoPassCode
{
    /// <summary>max + log Σ e^(x − max); the largest itself where that is infinite.</summary>
    public static void LogSumExp(ArrayView<float> x, ArrayView<float> y, ReductionNumbers n)
    {
        int start = n.Kept.At(Grid.IdxX).A;
        float max = float.NegativeInfinity;
        for (int k = Group.IdxX; k < n.Folded.Count; k += GroupFold.Threads)
            max = DeviceMath.Max(max, x[start + n.Folded.At(k).A]);
        max = GroupFold.Max(max);
        double sum = 0;
        for (int k = Group.IdxX; k < n.Folded.Count; k += GroupFold.Threads)
            sum += DeviceMath.Exp(x[start + n.Folded.At(k).A] - max);
        sum = GroupFold.Sum(sum);
        if (Group.IdxX == 0)
            y[Grid.IdxX] = DeviceMath.Abs(max) == float.PositiveInfinity ? max : (float)(max + DoubleMath.Log(sum));
    }

    /// <summary>dy shared evenly among the elements that equal the extremum.</summary>
    public static void ExtremumGradient(ArrayView<float> dy, ArrayView<float> x, ArrayView<float> y, ArrayView<float> dx, ReductionNumbers n)
    {
        int start = n.Kept.At(Grid.IdxX).A;
        float extremum = y[Grid.IdxX];
        double own = 0;
        for (int k = Group.IdxX; k < n.Folded.Count; k += GroupFold.Threads)
            own += x[start + n.Folded.At(k).A] == extremum ? 1.0 : 0.0;
        double ties = GroupFold.Sum(own);
        float share = ties == 0 ? 0f : dy[Grid.IdxX] / (float)ties;
        for (int k = Group.IdxX; k < n.Folded.Count; k += GroupFold.Threads)
        {
            int at = start + n.Folded.At(k).A;
            dx[at] = x[at] == extremum ? share : 0f;
        }
    }

    /// <summary>dy times the product of the other elements: with two zeros every gradient is zero, with one only that element's is not.</summary>
    public static void ProductGradient(ArrayView<float> dy, ArrayView<float> x, ArrayView<float> dx, ReductionNumbers n)
    {
        int start = n.Kept.At(Grid.IdxX).A;
        double ownZeros = 0, ownProduct = 1;
        for (int k = Group.IdxX; k < n.Folded.Count; k += GroupFold.Threads)
        {
            float value = x[start + n.Folded.At(k).A];
            ownZeros += value == 0f ? 1.0 : 0.0;
            ownProduct *= value == 0f ? 1.0 : value;
        }

        double zeros = GroupFold.Sum(ownZeros), product = GroupFold.Product(ownProduct) * dy[Grid.IdxX];
        for (int k = Group.IdxX; k < n.Folded.Count; k += GroupFold.Threads)
        {
            int at = start + n.Folded.At(k).A;
            float value = x[at];
            dx[at] = zeros == 0 ? (float)(product / value) : zeros == 1 && value == 0f ? (float)product : 0f;
        }
    }
}
