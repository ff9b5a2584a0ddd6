using System.Globalization;
using GraphPipe.Bundle;
using GraphPipe.Onnx.Proto;

namespace GraphPipe.Onnx;

/// <summary>
/// Reads tensors that a model keeps in files of their own. A model comes from somewhere, so such files must lie in its folder, whatever
/// names and symbolic links say; ranges above 1 MiB are memory-mapped.
/// </summary>
internal sealed class ExternalData(string? folder, DiagnosticBag bag)
{
    private const int MapFrom = 1 << 20;
    private const int MostLinks = 40;

    /// <summary>The bytes, or null and a diagnostic.</summary>
    public ReadOnlyMemory<byte>? Read(TensorProto tensor, long size, string where)
    {
        string location = Value(tensor, "location") ?? "";
        if (!TryNumber(tensor, "offset", 0, where, out long offset) || !TryNumber(tensor, "length", size, where, out long length))
            return null;
        if (length != size)
        {
            Fail(Codes.TensorMalformed, $"external data has length {length} where the shape needs {size} bytes", where);
            return null;
        }

        if (Find(location, where) is not { } path)
            return null;
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists || file.Length < size || offset > file.Length - size)
            {
                Fail(Codes.ExternalDataMissing, file.Exists ? $"external data file '{location}' ends at byte {file.Length}, before {offset}+{size}" : $"external data file '{location}' does not exist", where);
                return null;
            }

            return size > MapFrom ? MappedRange.Open(path, offset, (int)size) : ReadRange(path, offset, (int)size);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            Fail(Codes.ExternalDataMissing, $"external data file '{location}' can't be read: {e.Message}", where);
            return null;
        }
    }

    private string? Find(string location, string where)
    {
        if (folder is null)
        {
            Fail(Codes.ExternalDataMissing, "the model has external data but was not read from a folder", where);
            return null;
        }

        if (location.Length == 0 || location.Contains('\0'))
        {
            Fail(Codes.TensorMalformed, "external data names no file", where);
            return null;
        }

        try
        {
            string root = Resolve(Path.GetFullPath(folder));
            string path = Path.IsPathRooted(location) ? location : Resolve(Path.GetFullPath(Path.Combine(root, location)));
            string prefix = root.EndsWith(Path.DirectorySeparatorChar) ? root : root + Path.DirectorySeparatorChar;
            if (!Path.IsPathRooted(location) && path.StartsWith(prefix, StringComparison.Ordinal))
                return path;
            bag.Add(Diagnostic.Error(Codes.ExternalDataEscapes, $"external data file '{location}' lies outside the model's folder", where, "put the file, not a link to it, beside the model"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            Fail(Codes.ExternalDataMissing, $"external data file '{location}' can't be found: {e.Message}", where);
        }

        return null;
    }

    /// <summary>The path with every symbolic link on the way replaced, those of folders too.</summary>
    private static string Resolve(string path)
    {
        for (int links = 0; links < MostLinks; links++)
        {
            if (Replaced(path) is not { } next)
                return path;
            path = Path.GetFullPath(next);
        }

        throw new IOException("too many symbolic links");
    }

    // The path with its first link replaced, null if there is none.
    private static string? Replaced(string path)
    {
        string root = Path.GetPathRoot(path) ?? "";
        string[] parts = path[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        string at = root;
        for (int i = 0; i < parts.Length; i++)
        {
            string parent = at;
            at = Path.Combine(at, parts[i]);
            if (new FileInfo(at).LinkTarget is { } target)
                return Path.Combine([parent, target, .. parts[(i + 1)..]]);
        }

        return null;
    }

    private static ReadOnlyMemory<byte> ReadRange(string path, long offset, int size)
    {
        using var file = File.OpenHandle(path);
        byte[] bytes = new byte[size];
        int done = 0;
        while (done < size)
        {
            int read = RandomAccess.Read(file, bytes.AsSpan(done), offset + done);
            if (read == 0)
                throw new EndOfStreamException("the file ends too early");
            done += read;
        }

        return bytes;
    }

    private bool TryNumber(TensorProto tensor, string key, long otherwise, string where, out long number)
    {
        number = otherwise;
        if (Value(tensor, key) is not { } text || (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 0))
            return true;
        Fail(Codes.TensorMalformed, $"external data has {key} '{text}'", where);
        return false;
    }

    private static string? Value(TensorProto tensor, string key) => tensor.ExternalData.LastOrDefault(e => e.Key == key)?.Value;

    private void Fail(string code, string message, string where) =>
        bag.Add(Diagnostic.Error(code, message, where, "keep the files that were exported together in one folder"));
}
