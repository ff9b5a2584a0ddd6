namespace GraphPipe.Runtime;

/// <summary>
/// A copy of <paramref name="Rows"/> runs of <paramref name="RowBytes"/> bytes that lie <paramref name="SourceStride"/> and
/// <paramref name="TargetStride"/> bytes apart.
/// </summary>
public readonly record struct StridedCopy(long Rows, long RowBytes, long SourceOffset, long SourceStride, long TargetOffset, long TargetStride)
{
    /// <summary>One block from start to start.</summary>
    public static StridedCopy Whole(long bytes) => new(1, bytes, 0, bytes, 0, bytes);

    /// <summary>First byte behind what is read.</summary>
    public long SourceEnd => SourceOffset + (Rows - 1) * SourceStride + RowBytes;

    /// <summary>Copies between managed memories.</summary>
    public void Apply(ReadOnlySpan<byte> source, Span<byte> target)
    {
        for (long row = 0; row < Rows; row++)
        {
            source.Slice(checked((int)(SourceOffset + row * SourceStride)), checked((int)RowBytes))
                .CopyTo(target[checked((int)(TargetOffset + row * TargetStride))..]);
        }
    }

    /// <summary>First byte behind what is written.</summary>
    public long TargetEnd => TargetOffset + (Rows - 1) * TargetStride + RowBytes;
}
