using System.IO.Compression;

namespace GraphPipe.Bundle;

/// <summary>Reads and writes .npz files: a zip of .npy arrays, as <c>numpy.savez</c> and <c>numpy.savez_compressed</c> make it.</summary>
public static class Npz
{
    private const string Suffix = ".npy";

    /// <summary>Reads all arrays, in the file's order; an array's name is its entry's without <c>.npy</c>.</summary>
    /// <exception cref="DiagnosticException">GP7001: no such file; GP7002: malformed, or an array of a type that is not read here.</exception>
    public static TensorSet Read(string path) => Read(InputFile.Open(path, new InputSource(path, Codes.DataUnreadable), Codes.DataNotFound), path);

    /// <summary>Reads all arrays of a seekable stream, which is closed.</summary>
    /// <param name="name">The file's name for messages.</param>
    /// <exception cref="DiagnosticException">GP7002: malformed, or an array of a type that is not read here.</exception>
    public static TensorSet Read(Stream stream, string name)
    {
        var source = new InputSource(name, Codes.DataUnreadable);
        using var zip = ZipInput.Open(stream, source, Codes.DataUnreadable, Codes.DataUnreadable);
        var tensors = new List<KeyValuePair<string, TensorData>>();
        foreach (string entry in zip.Entries.Keys)
        {
            if (!entry.EndsWith(Suffix, StringComparison.Ordinal))
                throw source.Malformed($"'{entry}' is no .npy array");
            using var content = zip.Read(entry);
            tensors.Add(KeyValuePair.Create(entry[..^Suffix.Length], Npy.Read(content, zip.LengthOf(entry), source.At(entry))));
        }

        return new TensorSet(tensors);
    }

    /// <summary>Writes arrays in the given order, stored; the file is whole or not there.</summary>
    /// <exception cref="DiagnosticException">GP5007: the file can't be written; GP7004: an element type that numpy does not have.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, TensorData>> tensors) => AtomicFile.Write(path, stream => Write(stream, tensors));

    /// <summary>Writes arrays to a stream in the given order; equal arrays give equal bytes.</summary>
    /// <exception cref="DiagnosticException">GP7004: an element type that numpy does not have.</exception>
    public static void Write(Stream stream, IEnumerable<KeyValuePair<string, TensorData>> tensors)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var (name, tensor) in tensors)
        {
            using var content = ZipOutput.Create(zip, name + Suffix);
            Npy.Write(content, tensor);
        }
    }
}
