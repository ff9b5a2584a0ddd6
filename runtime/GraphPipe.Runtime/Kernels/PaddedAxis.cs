using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>A stretch of a padded axis that steps evenly through the axis it was made from.</summary>
/// <param name="Target">Where it begins in the padded axis.</param>
/// <param name="Source">The element that comes from there.</param>
/// <param name="Step">-1, 0 or 1.</param>
/// <param name="Length">Elements.</param>
public readonly record struct PadStretch(long Target, long Source, long Step, long Length);

/// <summary>A copy between two strided views of the same sizes, in elements.</summary>
/// <param name="Dims">Sizes of both.</param>
/// <param name="SourceStrides">Of the operand's view: 0 where an element is repeated.</param>
/// <param name="TargetStrides">Of the padded tensor's view.</param>
/// <param name="SourceOffset">The operand's first element.</param>
/// <param name="TargetOffset">The padded tensor's first element.</param>
public sealed record PadView(long[] Dims, long[] SourceStrides, long[] TargetStrides, long SourceOffset, long TargetOffset);

/// <summary>How <c>Pad</c> makes an axis, as stretches: an axis that is reflected at both ends is three of them.</summary>
public static class PaddedAxis
{
    public static bool IsConstant(Attributes attributes) => attributes.Text("mode", "constant") == "constant";

    /// <summary>The stretches of every axis; null for a mode that we don't know.</summary>
    public static List<PadStretch>[]? All(Attributes attributes, OperandType x)
    {
        string mode = attributes.Text("mode", "constant");
        if (mode is not ("constant" or "edge" or "reflect" or "wrap") || attributes.Ints("pads") is not { } pads || pads.Length != 2 * x.Rank)
            return null;
        var axes = new List<PadStretch>[x.Rank];
        for (int axis = 0; axis < x.Rank; axis++)
            axes[axis] = Stretches(x.Shape[axis], pads[axis], pads[axis + x.Rank], mode);
        return axes;
    }

    /// <summary>Copies from x to y (the padded one), one for each choice of a stretch of every axis.</summary>
    public static IEnumerable<PadView> Views(List<PadStretch>[] axes, OperandType x, OperandType y)
    {
        int[] choice = new int[x.Rank];
        while (axes.All(a => a.Count > 0))
        {
            long[] dims = new long[x.Rank], from = new long[x.Rank], to = new long[x.Rank];
            long sourceOffset = 0, targetOffset = 0, source = 1, target = 1;
            for (int axis = x.Rank - 1; axis >= 0; axis--)
            {
                var s = axes[axis][choice[axis]];
                (dims[axis], from[axis], to[axis]) = (s.Length, s.Step * source, target);
                sourceOffset += s.Source * source;
                targetOffset += s.Target * target;
                source *= x.Shape[axis];
                target *= y.Shape[axis];
            }

            yield return new PadView(dims, from, to, sourceOffset, targetOffset);
            int next = x.Rank - 1;
            for (; next >= 0 && ++choice[next] == axes[next].Count; next--)
                choice[next] = 0;
            if (next < 0)
                yield break;
        }
    }

    private static List<PadStretch> Stretches(long length, long before, long behind, string mode)
    {
        var stretches = new List<PadStretch>();
        for (long target = 0; target < before + length + behind; target++)
        {
            long source = Source(target - before, length, mode);
            if (source < 0)
                continue;
            if (stretches.Count > 0)
            {
                var last = stretches[^1];
                long step = source - (last.Source + (last.Length - 1) * last.Step);
                if (last.Target + last.Length == target && (last.Length == 1 ? Math.Abs(step) <= 1 : step == last.Step))
                {
                    stretches[^1] = last with { Length = last.Length + 1, Step = step };
                    continue;
                }
            }

            stretches.Add(new PadStretch(target, source, 1, 1));
        }

        return stretches;
    }

    /// <summary>The element that stands at <paramref name="at"/>, which is negative before the axis; -1 for none.</summary>
    private static long Source(long at, long length, string mode)
    {
        if (length == 0)
            return -1;
        if (length == 1 && mode != "constant")
            return 0;
        switch (mode)
        {
            case "edge":
                return Math.Clamp(at, 0, length - 1);
            case "wrap":
                return (at % length + length) % length;
            case "reflect":
                long period = 2 * (length - 1), phase = (at % period + period) % period;
                return Math.Min(phase, period - phase);
            default:
                return at >= 0 && at < length ? at : -1;
        }
    }
}
