using GraphPipe.Bundle;

namespace GraphPipe.Cli;

/// <summary>Files that verbs write.</summary>
internal static class OutputFile
{
    /// <summary>Fails before the work, not after it, where a file can't be written.</summary>
    public static void Check(string? path)
    {
        if (path is null)
            return;
        if (Directory.Exists(path))
            throw new DiagnosticException(Diagnostic.Error(Codes.WriteFailed, "it is a folder", path, "name a file"));
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { Length: > 0 } parent)
                Directory.CreateDirectory(parent);
            AtomicFile.Probe(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DiagnosticException(Diagnostic.Error(Codes.WriteFailed, $"can't be written: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}", path, "write to a folder that you may write to"));
        }
    }

    /// <summary>Writes tensors as .npz or .safetensors, by the name's ending.</summary>
    public static void WriteTensors(string path, TensorSet tensors)
    {
        if (IsNpz(path))
            Npz.Write(path, tensors);
        else
            Safetensors.Write(path, tensors);
    }

    /// <exception cref="DiagnosticException">GP8001: the ending is of no format.</exception>
    public static void CheckTensors(string path)
    {
        if (!IsNpz(path) && !path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw Usage.Error($"'{path}' ends with neither .npz nor .safetensors", "the ending chooses the format");
        Check(path);
    }

    private static bool IsNpz(string path) => path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase);
}
