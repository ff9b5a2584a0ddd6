using System.IO.Compression;

namespace GraphPipe.Bundle;

/// <summary>
/// Zip entries without anything that varies: zip's first day as the date, fixed permissions, and stored, because packed bytes differ between
/// versions of the packer (and weights don't shrink).
/// </summary>
internal static class ZipOutput
{
    private const int RegularFileReadableByAll = 0x81A4 << 16;

    private static readonly DateTimeOffset FixedDate = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Stream Create(ZipArchive zip, string name)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = FixedDate;
        entry.ExternalAttributes = unchecked(RegularFileReadableByAll);
        return entry.Open();
    }
}
