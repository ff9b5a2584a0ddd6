namespace GraphPipe.Bundle;

/// <summary>Opens files to read; what stands in the way is a diagnostic.</summary>
internal static class InputFile
{
    /// <param name="source">The file's name and the code if it is there but can't be opened.</param>
    /// <param name="missing">The code if there is no such file.</param>
    public static FileStream Open(string path, InputSource source, string missing)
    {
        try
        {
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            if (stream.CanSeek)
                return stream;
            stream.Dispose();
            throw source.Malformed("is no plain file");
        }
        catch (UnauthorizedAccessException) when (Directory.Exists(path))
        {
            throw source.Malformed("is a folder");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw (source with { Code = missing }).Malformed("no such file");
        }
        catch (Exception e) when (IsFault(e))
        {
            throw source.Malformed($"can't be read: {e.Message.TrimEnd('.')}");
        }
    }

    /// <summary>The whole content of a small file.</summary>
    public static byte[] ReadAll(string path, InputSource source, string missing)
    {
        using var stream = Open(path, source, missing);
        return ReadAll(stream, stream.Length, source);
    }

    /// <summary>Exactly <paramref name="length"/> bytes of a stream.</summary>
    public static byte[] ReadAll(Stream stream, long length, InputSource source)
    {
        if (length > Array.MaxLength)
            throw source.Malformed($"{length} bytes are too many for such a file");
        try
        {
            byte[] content = GC.AllocateUninitializedArray<byte>((int)length);
            stream.ReadExactly(content);
            return content;
        }
        catch (IOException e)
        {
            throw source.Malformed($"can't be read: {e.Message.TrimEnd('.')}");
        }
    }

    public static bool IsFault(Exception e) => e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;
}
