namespace GraphPipe.Bundle;

/// <summary>Files of named tensors in any format that is read here.</summary>
public static class TensorFile
{
    /// <summary>
    /// Reads a .npz, .npy (one tensor, named as the file) or .safetensors file. What the content starts with counts, then the extension.
    /// </summary>
    /// <exception cref="DiagnosticException">GP7001: no such file; GP7002: malformed, or of no known format.</exception>
    public static TensorSet Read(string path)
    {
        var source = new InputSource(path, Codes.DataUnreadable);
        using var stream = InputFile.Open(path, source, Codes.DataNotFound);
        Span<byte> start = stackalloc byte[6];
        start = start[..ReadStart(stream, start, source)];
        string extension = Path.GetExtension(path).ToLowerInvariant();
        if (start.StartsWith("PK"u8) || extension == ".npz")
            return Npz.Read(Rewound(stream), path);
        if (Npy.IsNpy(start) || extension == ".npy")
            return new TensorSet([KeyValuePair.Create(Path.GetFileNameWithoutExtension(path), Npy.Read(Rewound(stream), stream.Length, source))]);
        try
        {
            return Safetensors.Read(path);
        }
        catch (DiagnosticException) when (extension != ".safetensors")
        {
            throw source.Malformed("neither a .npz nor a .npy nor a .safetensors file");
        }
    }

    private static int ReadStart(FileStream stream, Span<byte> start, InputSource source)
    {
        try
        {
            return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            throw source.Malformed($"can't be read: {e.Message.TrimEnd('.')}");
        }
    }

    private static FileStream Rewound(FileStream stream)
    {
        stream.Position = 0;
        return stream;
    }
}
