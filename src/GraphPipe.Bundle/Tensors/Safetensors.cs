using System.Buffers.Binary;
using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>
/// Reads and writes safetensors files (https://github.com/huggingface/safetensors): named tensors, little-endian, behind a JSON header.
/// </summary>
public static class Safetensors
{
    /// <summary>Larger files are mapped, not read: their tensors are views that cost no memory until they are used.</summary>
    public const long MapFrom = 16 << 20;

    /// <summary>Reads a file of the user's; its faults are GP7002.</summary>
    /// <exception cref="DiagnosticException">GP7001: no such file; GP7002: not a well-formed safetensors file.</exception>
    public static TensorSet Read(string path) => Read(path, new InputSource(path, Codes.DataUnreadable), Codes.DataNotFound);

    /// <summary>Reads a file; its faults have the source's code.</summary>
    /// <param name="missing">The code if there is no such file.</param>
    /// <exception cref="DiagnosticException">The file is missing, can't be read or is malformed.</exception>
    public static TensorSet Read(string path, InputSource source, string missing)
    {
        try
        {
            long length = new FileInfo(path).Length;
            if (length <= MapFrom)
                return Read(File.ReadAllBytes(path), source);
            var file = new MappedFile(path);
            int headerLength = HeaderLength(file.Slice(0, SafetensorsHeader.LengthBytes).Span, length, source);
            long start = SafetensorsHeader.LengthBytes + headerLength;
            var header = SafetensorsHeader.Parse(file.Slice(SafetensorsHeader.LengthBytes, headerLength), length - start, source);
            return Set(header, entry => file.Slice(start + entry.Begin, entry.Length));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DiagnosticException(Diagnostic.Error(missing, "no such file", source.Location));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw source.Malformed($"can't be read: {e.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Reads a file's content; the tensors are views of it.</summary>
    /// <exception cref="DiagnosticException">The content is malformed.</exception>
    public static TensorSet Read(ReadOnlyMemory<byte> content, InputSource source)
    {
        int headerLength = HeaderLength(content.Span, content.Length, source);
        var data = content[(SafetensorsHeader.LengthBytes + headerLength)..];
        var header = SafetensorsHeader.Parse(content.Slice(SafetensorsHeader.LengthBytes, headerLength), data.Length, source);
        return Set(header, entry => data.Slice((int)entry.Begin, entry.Length));
    }

    /// <summary>Reads <paramref name="length"/> bytes of a stream, each tensor into memory of its own, so the whole may exceed 2 GiB.</summary>
    /// <exception cref="DiagnosticException">The stream ends too early or is malformed.</exception>
    public static TensorSet Read(Stream stream, long length, InputSource source)
    {
        try
        {
            byte[] prefix = new byte[(int)Math.Min(length, SafetensorsHeader.LengthBytes)];
            stream.ReadExactly(prefix);
            byte[] json = new byte[HeaderLength(prefix, length, source)];
            stream.ReadExactly(json);
            var header = SafetensorsHeader.Parse(json, length - json.Length - prefix.Length, source);
            var contents = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
            foreach (var entry in header.Entries.OrderBy(e => e.Begin).ThenBy(e => e.Length))
            {
                byte[] bytes = GC.AllocateUninitializedArray<byte>(entry.Length);
                stream.ReadExactly(bytes);
                contents[entry.Name] = bytes;
            }

            return Set(header, entry => contents[entry.Name]);
        }
        catch (IOException e)
        {
            throw source.Malformed($"can't be read: {e.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <exception cref="DiagnosticException">GP5007: the file can't be written; GP7004: a type or a name that the format does not have.</exception>
    public static void Write(
        string path, IEnumerable<KeyValuePair<string, TensorData>> tensors, IReadOnlyDictionary<string, string>? metadata = null, bool sorted = true)
    {
        var list = Ordered(tensors, sorted);
        AtomicFile.Write(path, stream => WriteList(stream, list, metadata));
    }

    /// <summary>Writes to a stream; equal tensors give equal bytes.</summary>
    /// <param name="sorted">
    /// Larger element types first, then by name, as the format's own library does it: so every tensor starts on a multiple of its element size.
    /// Otherwise in the given order.
    /// </param>
    /// <exception cref="DiagnosticException">GP7004: a type or a name that the format does not have.</exception>
    public static void Write(
        Stream stream, IEnumerable<KeyValuePair<string, TensorData>> tensors, IReadOnlyDictionary<string, string>? metadata = null, bool sorted = true) =>
        WriteList(stream, Ordered(tensors, sorted), metadata);

    private static List<KeyValuePair<string, TensorData>> Ordered(IEnumerable<KeyValuePair<string, TensorData>> tensors, bool sorted)
    {
        var list = tensors.ToList();
        foreach (var (name, tensor) in list)
        {
            if (name == SafetensorsHeader.MetadataKey)
                throw new DiagnosticException(Diagnostic.Error(Codes.DataType, "the name is reserved in safetensors files", $"tensor \"{name}\""));
            if (!SafetensorsHeader.Has(tensor.Type))
            {
                throw new DiagnosticException(Diagnostic.Error(
                    Codes.DataType, $"a tensor of type {tensor.Type.Text()} can't stand in a safetensors file", $"tensor \"{name}\""));
            }
        }

        return sorted ? [.. list.OrderByDescending(p => p.Value.Type.Bits()).ThenBy(p => p.Key, StringComparer.Ordinal)] : list;
    }

    private static void WriteList(Stream stream, List<KeyValuePair<string, TensorData>> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var entries = ImmutableArray.CreateBuilder<SafetensorsEntry>(tensors.Count);
        long at = 0;
        foreach (var (name, tensor) in tensors)
        {
            entries.Add(new SafetensorsEntry(name, tensor.Type, tensor.Shape, at, tensor.Bytes.Length));
            at += tensor.Bytes.Length;
        }

        stream.Write(new SafetensorsHeader(entries.ToImmutable(), TensorSet.NoMetadata.AddRange(metadata ?? TensorSet.NoMetadata)).ToBytes());
        foreach (var (_, tensor) in tensors)
            stream.Write(tensor.Bytes.Span);
    }

    private static int HeaderLength(ReadOnlySpan<byte> start, long fileLength, InputSource source) =>
        start.Length < SafetensorsHeader.LengthBytes
            ? throw source.Malformed($"{fileLength} bytes are no safetensors file")
            : SafetensorsHeader.CheckLength(BinaryPrimitives.ReadUInt64LittleEndian(start), fileLength, source);

    private static TensorSet Set(SafetensorsHeader header, Func<SafetensorsEntry, ReadOnlyMemory<byte>> content) =>
        new(header.Entries.Select(e => KeyValuePair.Create(e.Name, new TensorData(e.Type, e.Shape, content(e)))), header.Metadata);
}
