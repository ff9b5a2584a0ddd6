namespace GraphPipe.Runtime;

/// <summary>The memory that an action reads and writes, as ranges of addresses.</summary>
internal sealed class Footprint
{
    // Strided copies of more rows are taken as one range.
    private const int MostRows = 256;

    private readonly List<(long From, long To)> _reads = [];
    private readonly List<(long From, long To)> _writes = [];
    private bool _isMerged;

    public void Read(nint address, long bytes) => Add(_reads, address, bytes);

    public void Write(nint address, long bytes) => Add(_writes, address, bytes);

    /// <summary>Rows of <paramref name="rowBytes"/> that begin <paramref name="stride"/> bytes apart.</summary>
    public void ReadRows(nint address, long rows, long rowBytes, long offset, long stride) => AddRows(_reads, address, rows, rowBytes, offset, stride);

    /// <inheritdoc cref="ReadRows"/>
    public void WriteRows(nint address, long rows, long rowBytes, long offset, long stride) => AddRows(_writes, address, rows, rowBytes, offset, stride);

    /// <summary>Whether the order of the two matters: one writes what the other touches.</summary>
    public bool Meets(Footprint other)
    {
        Merge();
        other.Merge();
        return Overlap(_writes, other._writes) || Overlap(_writes, other._reads) || Overlap(_reads, other._writes);
    }

    private void AddRows(List<(long From, long To)> ranges, nint address, long rows, long rowBytes, long offset, long stride)
    {
        if (rows > MostRows)
        {
            Add(ranges, address + (nint)offset, (rows - 1) * stride + rowBytes);
            return;
        }

        for (long row = 0; row < rows; row++)
            Add(ranges, address + (nint)(offset + row * stride), rowBytes);
    }

    private void Add(List<(long From, long To)> ranges, nint address, long bytes)
    {
        if (bytes > 0)
            ranges.Add((address, address + bytes));
        _isMerged = false;
    }

    private void Merge()
    {
        if (_isMerged)
            return;
        Merge(_reads);
        Merge(_writes);
        _isMerged = true;
    }

    // Ascending and apart.
    private static void Merge(List<(long From, long To)> ranges)
    {
        ranges.Sort();
        int last = 0;
        for (int i = 1; i < ranges.Count; i++)
        {
            if (ranges[i].From <= ranges[last].To)
                ranges[last] = (ranges[last].From, Math.Max(ranges[last].To, ranges[i].To));
            else
                ranges[++last] = ranges[i];
        }

        if (ranges.Count > 0)
            ranges.RemoveRange(last + 1, ranges.Count - last - 1);
    }

    private static bool Overlap(List<(long From, long To)> a, List<(long From, long To)> b)
    {
        for (int i = 0, j = 0; i < a.Count && j < b.Count;)
        {
            if (a[i].To <= b[j].From)
                i++;
            else if (b[j].To <= a[i].From)
                j++;
            else
                return true;
        }

        return false;
    }
}
