using System.IO.Compression;

namespace GraphPipe.Bundle;

/// <summary>
/// A zip file that somebody else may have made: names are unique, nothing unpacks to more than a sane multiple of the file's size, and
/// every entry's length and checksum are checked while it is read.
/// </summary>
internal sealed class ZipInput : IDisposable
{
    // Deflate can't do better than 1 : 1032; weights and JSON stay far below 100.
    private const long FreeBytes = 64L << 20;
    private const long LargestRatio = 100;

    private readonly ZipArchive _archive;
    private readonly InputSource _source;
    private readonly string _damageCode;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);

    private ZipInput(ZipArchive archive, InputSource source, string damageCode)
    {
        _archive = archive;
        _source = source;
        _damageCode = damageCode;
    }

    /// <summary>The entries in the file's order, folders left out.</summary>
    public IReadOnlyDictionary<string, ZipArchiveEntry> Entries => _entries;

    /// <param name="stream">A seekable stream; closed with this object.</param>
    /// <param name="source">The file; faults of the zip itself have its code.</param>
    /// <param name="damageCode">The code of an entry with a wrong length or checksum.</param>
    /// <param name="duplicateCode">The code of a name that occurs twice.</param>
    public static ZipInput Open(Stream stream, InputSource source, string damageCode, string duplicateCode)
    {
        ZipInput? zip = null;
        try
        {
            zip = new ZipInput(new ZipArchive(stream, ZipArchiveMode.Read), source, damageCode);
            zip.ReadEntries(stream.Length, duplicateCode);
            return zip;
        }
        catch (Exception e)
        {
            zip?.Dispose();
            stream.Dispose();
            if (e is DiagnosticException)
                throw;
            if (!IsFault(e))
                throw;
            throw source.Malformed($"no readable zip file: {e.Message.TrimEnd('.')}", "the file may be cut off or damaged: copy it again");
        }
    }

    public long LengthOf(string name) => _entries[name].Length;

    public Stream Read(string name)
    {
        var entry = _entries[name];
        try
        {
            return new CheckedStream(entry.Open(), entry.Length, entry.Crc32, (_source with { Code = _damageCode }).At(name));
        }
        catch (Exception e) when (IsFault(e))
        {
            throw _source.At(name).Malformed($"can't be unpacked: {e.Message.TrimEnd('.')}");
        }
    }

    public void Dispose() => _archive.Dispose();

    private static bool IsFault(Exception e) =>
        e is InvalidDataException or IOException or NotSupportedException or ArgumentException or OverflowException or InvalidOperationException;

    private void ReadEntries(long fileLength, string duplicateCode)
    {
        Int128 packed = 0, unpacked = 0;
        foreach (var entry in _archive.Entries)
        {
            packed += entry.CompressedLength;
            unpacked += entry.Length;
            if (entry.FullName.EndsWith('/') && entry.Length == 0)
                continue;
            if (!_entries.TryAdd(entry.FullName, entry))
                throw (_source with { Code = duplicateCode }).Malformed($"'{entry.FullName}' stands in it twice");
        }

        if (packed > fileLength || unpacked > FreeBytes + ((Int128)LargestRatio * fileLength))
            throw _source.Malformed($"it claims to unpack to {unpacked} bytes from a file of {fileLength}", "the file is damaged or made to fill memory");
    }
}
