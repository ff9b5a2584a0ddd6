using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace GraphPipe.Bundle;

/// <summary>
/// A file mapped into memory, read-only. It stays mapped until the process ends: a span does not keep its owner alive, so a mapping that
/// ended with its last reference could end under a kernel that still reads. A mapping costs addresses, no memory.
/// </summary>
internal sealed unsafe class MappedFile
{
    private readonly byte* _start;
    private readonly long _length;

    public MappedFile(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        _length = stream.Length;
        using var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        var view = file.CreateViewAccessor(0, _length, MemoryMappedFileAccess.Read);

        // Takes a reference on the view that is never given back.
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += view.PointerOffset;
    }

    public ReadOnlyMemory<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, _length - length);
        return new Part(_start + offset, length).Memory;
    }

    private sealed class Part(byte* start, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(start, length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
