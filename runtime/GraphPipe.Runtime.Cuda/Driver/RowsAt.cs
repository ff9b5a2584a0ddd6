namespace GraphPipe.Runtime.Cuda.Driver;

/// <summary>One end of a copy of rows: where the first one lies, and how far apart they are.</summary>
/// <param name="Address">Of the first row.</param>
/// <param name="Stride">Bytes from the begin of a row to that of the next.</param>
/// <param name="Owner">The GPU's; null for page-locked memory of the host.</param>
internal readonly record struct RowsAt(nint Address, long Stride, CudaContext? Owner)
{
    /// <summary>On a GPU.</summary>
    public static RowsAt On(CudaContext owner, nint address, long offset, long stride) => new(address + (nint)offset, stride, owner);

    /// <summary>In page-locked memory of the host, one right after the other.</summary>
    public static unsafe RowsAt Host(byte* address, long rowBytes) => new((nint)address, rowBytes, null);

    /// <summary>The end from a later row on.</summary>
    public RowsAt From(long row, long offset = 0) => this with { Address = Address + (nint)(row * Stride + offset) };
}
