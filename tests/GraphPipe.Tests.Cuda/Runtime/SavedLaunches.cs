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
        long kept = 1, folded = 1, run = 1;
        bool? innermost = null;
        bool isBroken = false;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            (kept, folded) = isFolded[axis] ? (kept, folded * shape[axis]) : (kept * shape[axis], folded);
            if (shape[axis] == 1)
                continue;
            innermost ??= isFolded[axis];
            isBroken |= innermost != isFolded[axis];
            run *= isBroken ? 1 : shape[axis];
        }

        // Neighbours of the innermost kind, all there are or 32 of them.
        bool KeptIsDense() => innermost == false && (run == kept || run >= 32);
        bool FoldedIsDense() => innermost == true && (run == folded || run >= 32);
        bool byGroup = folded > 64 && !(kept >= 16384 && KeptIsDense());
        return byGroup ? FoldedIsDense() && folded <= 64 * 128 : (KeptIsDense() || folded <= 8) && folded <= 64;
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
