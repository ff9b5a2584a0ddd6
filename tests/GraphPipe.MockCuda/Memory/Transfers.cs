namespace GraphPipe.MockCuda.Memory;

/// <summary>Copies and fills as operations do them: through a view, so that bounds, initialisation and races are checked.</summary>
internal static unsafe class Transfers
{
    /// <summary>Bytes handled at a time; a range's length fits an int.</summary>
    private const int Piece = 1 << 28;

    /// <summary>Between addresses of the unified space. What the source knows of its bytes, the destination knows too, so copying bytes
    /// that nothing has written is no finding; using them later is.</summary>
    public static void Copy(GlobalView view, ulong to, ulong from, long bytes, IPlace place)
    {
        for (long at = 0; at < bytes; at += Piece)
        {
            int size = (int)Math.Min(Piece, bytes - at);
            view.CopyRange(to + (ulong)at, from + (ulong)at, size, place);
        }
    }

    /// <summary>From host bytes that the device does not know.</summary>
    public static void FromHost(GlobalView view, ulong to, byte* from, long bytes, IPlace place)
    {
        for (long at = 0; at < bytes; at += Piece)
        {
            int size = (int)Math.Min(Piece, bytes - at);
            Buffer.MemoryCopy(from + at, view.Access(to + (ulong)at, size, AccessKind.Write, place), size, size);
        }
    }

    /// <summary>To host bytes that the device does not know.</summary>
    public static void ToHost(GlobalView view, byte* to, ulong from, long bytes, IPlace place)
    {
        for (long at = 0; at < bytes; at += Piece)
        {
            int size = (int)Math.Min(Piece, bytes - at);
            Buffer.MemoryCopy(view.Access(from + (ulong)at, size, AccessKind.Read, place), to + at, size, size);
        }
    }

    /// <summary>Repeats a value of 1, 2 or 4 bytes.</summary>
    public static void Fill(GlobalView view, ulong to, ReadOnlySpan<byte> value, long count, IPlace place)
    {
        long bytes = count * value.Length;
        for (long at = 0; at < bytes; at += Piece)
        {
            int size = (int)Math.Min(Piece, bytes - at);
            var span = new Span<byte>(view.Access(to + (ulong)at, size, AccessKind.Write, place), size);
            for (int k = 0; k < size; k++)
                span[k] = value[k % value.Length];
        }
    }
}
