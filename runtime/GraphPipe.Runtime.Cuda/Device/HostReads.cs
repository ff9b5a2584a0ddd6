using GraphPipe.Runtime.Cuda.Driver;

namespace GraphPipe.Runtime.Cuda;

/// <summary>
/// Reads whose bytes are wanted at the end of a run: copies to page-locked memory of their own, from where the host takes them when the memory is needed again, or at the end. Nothing waits before.
/// </summary>
internal sealed unsafe class HostReads(CudaContext context, nint stream) : IDisposable
{
    private readonly HostStaging _staging = new(context, stream);
    private readonly Queue<Piece> _underWay = new();

    /// <param name="source">On the device.</param>
    /// <param name="target">Filled by the next call at the earliest, and by <see cref="End"/> at the latest.</param>
    public void Begin(RowsAt source, Memory<byte> target, in StridedCopy copy)
    {
        foreach (var piece in new RowPieces(copy, HostStaging.HalfBytes))
        {
            int before = _staging.Half;
            byte* place = _staging.Take(piece.Bytes);

            // What lay in the half has arrived: taking from it has waited for that.
            while (_staging.Half != before && _underWay.TryPeek(out var oldest) && oldest.Half == _staging.Half)
                _underWay.Dequeue().HandOut();
            RowCopies.Enqueue(context.Driver, source.From(piece.Row, piece.Offset), RowsAt.Host(place, piece.RowBytes), piece.Rows, piece.RowBytes, stream);
            var scatter = new StridedCopy(piece.Rows, piece.RowBytes, 0, piece.RowBytes, copy.TargetOffset + piece.Row * copy.TargetStride + piece.Offset, copy.TargetStride);
            _underWay.Enqueue(new Piece(_staging.Half, (nint)place, piece.Bytes, target, scatter));
        }
    }

    /// <summary>The stream has come to its end: the targets are filled.</summary>
    public void End()
    {
        while (_underWay.TryDequeue(out var piece))
            piece.HandOut();
    }

    /// <summary>The stream has come to its end, but what was read is of no use.</summary>
    public void Forget() => _underWay.Clear();

    public void Dispose() => _staging.Dispose();

    private readonly record struct Piece(int Half, nint Place, int Bytes, Memory<byte> Target, StridedCopy Copy)
    {
        public void HandOut() => Copy.Apply(new ReadOnlySpan<byte>((void*)Place, Bytes), Target.Span);
    }
}
