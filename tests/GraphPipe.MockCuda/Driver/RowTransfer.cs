using GraphPipe.MockCuda.Memory;
using GraphPipe.MockCuda.Streams;

namespace GraphPipe.MockCuda.Driver;

/// <summary>One end of a copy of rows.</summary>
/// <param name="Start">Address of the first row, on a device or the host.</param>
/// <param name="Pitch">Bytes from the begin of a row to that of the next.</param>
internal readonly record struct RowEnd(ulong Start, long Pitch)
{
    public ulong At(long row) => Start + (ulong)(row * Pitch);
}

/// <summary>Copies of rows in stream order, as "API synchronization behavior" says: pageable host memory is staged at once on its way in, and
/// awaited on its way out.</summary>
internal static unsafe class RowTransfer
{
    /// <returns>The operation; null where none was needed.</returns>
    public static Operation? Put(MockDriver d, string what, RowEnd to, RowEnd from, long rows, long rowBytes, MockStream stream)
    {
        MockDriver.Check((Context)stream.Owner);
        if (rows == 0 || rowBytes == 0)
            return null;
        bool known(RowEnd end) =>
            AddressSpace.IsDeviceAddress(end.Start) || d.Space.Holding(end.Start, ((rows - 1) * end.Pitch) + rowBytes) is not null;
        if (known(to) && known(from))
        {
            return d.Enqueue(stream, what, (view, place) =>
            {
                view.AllPeers();
                for (long row = 0; row < rows; row++)
                    Transfers.Copy(view, to.At(row), from.At(row), rowBytes, place);
            });
        }
        if (known(to))
        {
            byte[] staged = new byte[checked(rows * rowBytes)];
            for (long row = 0; row < rows; row++)
                new Span<byte>((void*)from.At(row), (int)rowBytes).CopyTo(staged.AsSpan((int)(row * rowBytes)));
            return d.Enqueue(stream, what, (view, place) =>
            {
                view.AllPeers();
                fixed (byte* start = staged)
                {
                    for (long row = 0; row < rows; row++)
                        Transfers.FromHost(view, to.At(row), start + (row * rowBytes), rowBytes, place);
                }
            });
        }
        if (!known(from))
        {
            d.Scheduler.Drain(stream);
            for (long row = 0; row < rows; row++)
                Buffer.MemoryCopy((void*)from.At(row), (void*)to.At(row), rowBytes, rowBytes);
            return null;
        }
        var operation = d.Enqueue(stream, what, (view, place) =>
        {
            view.AllPeers();
            for (long row = 0; row < rows; row++)
                Transfers.ToHost(view, (byte*)to.At(row), from.At(row), rowBytes, place);
        });
        d.Await(stream, operation);
        return operation;
    }
}
