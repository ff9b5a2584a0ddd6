namespace GraphPipe.Runtime.Cuda;

/// <summary>Rows, or a part of one, of a copy.</summary>
/// <param name="Row">The first.</param>
/// <param name="Rows">How many.</param>
/// <param name="Offset">First byte within each row.</param>
/// <param name="RowBytes">Of each.</param>
internal readonly record struct RowPiece(long Row, long Rows, long Offset, int RowBytes)
{
    /// <summary>Bytes of the piece.</summary>
    public int Bytes => (int)(Rows * RowBytes);
}

/// <summary>A copy in pieces of at most so many bytes: as many whole rows as fit, or parts of one that does not.</summary>
internal ref struct RowPieces(in StridedCopy copy, int most)
{
    private readonly long _rows = copy.Rows;
    private readonly long _rowBytes = copy.RowBytes;
    private readonly long _rowsPerPiece = Math.Max(1, most / Math.Max(1, copy.RowBytes));
    private long _row;
    private long _offset;

    public RowPiece Current { get; private set; }

    public readonly RowPieces GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_row >= _rows || _rowBytes == 0)
            return false;
        Current = new RowPiece(_row, Math.Min(_rowsPerPiece, _rows - _row), _offset, (int)Math.Min(most, _rowBytes - _offset));
        _offset += Current.RowBytes;
        if (_offset == _rowBytes)
            (_row, _offset) = (_row + Current.Rows, 0);
        return true;
    }
}
