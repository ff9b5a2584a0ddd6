namespace GraphPipe.Bundle;

/// <summary>
/// Reads a zip entry of known length and checksum: more or fewer bytes, a wrong checksum at the end, or a fault of the packing is reported
/// as a diagnostic.
/// </summary>
internal sealed class CheckedStream(Stream inner, long length, uint crc, InputSource damaged) : Stream
{
    private long _position;
    private uint _crc;
    private bool _checked;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
            return 0;
        long left = length - _position;
        int want = (int)Math.Min(buffer.Length, left);
        int got = want == 0 ? 0 : Inner(buffer[..want]);
        if (got == 0 && left > 0)
            throw damaged.Malformed($"it ends {left} bytes too early");
        _crc = Crc32.Append(_crc, buffer[..got]);
        _position += got;
        if (_position == length && !_checked)
            CheckEnd();
        return got;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private void CheckEnd()
    {
        _checked = true;
        Span<byte> more = stackalloc byte[1];
        if (Inner(more) != 0)
            throw damaged.Malformed("it is longer than it says");
        if (_crc != crc)
            throw damaged.Malformed("its checksum is wrong: the file is damaged");
    }

    private int Inner(Span<byte> buffer)
    {
        try
        {
            return inner.Read(buffer);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or NotSupportedException or ArgumentException or InvalidOperationException)
        {
            throw damaged.Malformed($"it can't be unpacked: {e.Message.TrimEnd('.')}");
        }
    }
}
