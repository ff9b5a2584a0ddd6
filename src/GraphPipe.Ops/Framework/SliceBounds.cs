namespace GraphPipe.Ops;

/// <summary>ONNX's rules for the bounds of a slice: negative ones count from the end, then they are clamped.</summary>
public static class SliceBounds
{
    public static (long Start, long End) Resolve(long start, long end, long step, long length)
    {
        start = start < 0 ? start + length : start;
        end = end < 0 ? end + length : end;
        return step > 0
            ? (Math.Clamp(start, 0, length), Math.Clamp(end, 0, length))
            : (Math.Clamp(start, 0, Math.Max(length - 1, 0)), Math.Clamp(end, -1, length - 1));
    }

    public static IEnumerable<long> Positions(long start, long end, long step)
    {
        for (long at = start; step > 0 ? at < end : at > end; at += step)
            yield return at;
    }
}
