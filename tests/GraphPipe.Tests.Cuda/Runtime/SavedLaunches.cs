using GraphPipe.Bundle;
using GraphPipe.Runtime;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>How many launches fused calls save, told from shapes by the rule of docs/cuda.md.</summary>
internal static class SavedLaunches
{
    /// <param name="samples">Of the micro-batch.</param>
    public static int Of(StageProgram program, StageFunction function, long samples) => FusedCalls.Of(program, function).Sum(
        g => (g.WithReduction is { } whole && IsTaken(new KernelBinding(function.Calls[whole.Calls[^1]], program, samples)) ? whole : g).Calls.Length - 1);

    /// <summary>Whether a reduction behind elementwise calls is part of their kernel.</summary>
    public static bool IsTaken(long[] shape, bool[] isFolded)
    {
        long kept = 1, folded = 1;
        bool innermost = false;
        for (int axis = 0; axis < shape.Length; axis++)
        {
            (kept, folded) = isFolded[axis] ? (kept, folded * shape[axis]) : (kept * shape[axis], folded);
            innermost = shape[axis] == 1 ? innermost : isFolded[axis];
        }

        return folded <= 64 || (kept >= 16384 && !innermost ? folded <= 1024 : innermost && folded <= 128 * 1024);
    }

    private static bool IsTaken(KernelBinding reduction)
    {
        var (x, y) = (reduction.Input(0), reduction.Output(0));
        if (reduction.Call.Kernel == "grad.SumTo")
        {
            int added = x.Rank - y.Rank;
            return IsTaken([.. x.Shape], [.. Enumerable.Range(0, x.Rank).Select(a => a < added || (y.Shape[a - added] == 1 && x.Shape[a] > 1))]);
        }

        return IsTaken([.. x.Shape], [.. Enumerable.Range(0, x.Rank).Select(a => Axes.IsFolded(Axes.Folded(reduction.Attributes, x.Rank), a))]);
    }
}
