using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace GraphPipe.Onnx;

/// <summary>
/// A range of a file as memory, read on demand by the operating system. Stays mapped as long as the process lives, because a span over it
/// would not keep it alive; that costs addresses, not memory. The file must not be truncated meanwhile.
/// </summary>
internal sealed unsafe class MappedRange : MemoryManager<byte>
{
    private readonly byte* _start;
    private readonly int _length;

    private MappedRange(MemoryMappedViewAccessor view, int length)
    {
        _length = length;
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _start = start + view.PointerOffset;
    }

    /// <exception cref="IOException">The file cannot be mapped.</exception>
    public static ReadOnlyMemory<byte> Open(string path, long offset, int length)
    {
        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        return new MappedRange(file.CreateViewAccessor(offset, length, MemoryMappedFileAccess.Read), length).Memory;
    }

    public override Span<byte> GetSpan() => new(_start, _length);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_length);
        return new MemoryHandle(_start + elementIndex, default, this);
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
