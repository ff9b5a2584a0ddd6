using System.Security.Cryptography;
using Google.Protobuf;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx.Proto;

namespace GraphPipe.Onnx;

/// <summary>
/// An ONNX file that has been read: its identity, and the road to the IR (<see cref="ToModule"/>) and to a trained copy of the file
/// (<see cref="Skeleton"/>, <see cref="TrainedExport"/>).
/// </summary>
public sealed class OnnxModel
{
    private readonly ModelProto _proto;
    private readonly string? _folder;

    private OnnxModel(ModelProto proto, string path, string? folder, string sha256)
    {
        _proto = proto;
        _folder = folder;
        Path = path;
        Sha256 = sha256;
    }

    /// <summary>The file's path as given; for diagnostics.</summary>
    public string Path { get; }

    /// <summary>SHA-256 of the file itself (not of its external data), 64 lower-case hexadecimal digits.</summary>
    public string Sha256 { get; }

    /// <summary>Reads a file. External data is read from its folder, and from nowhere else.</summary>
    /// <exception cref="DiagnosticException">GP1001 no such file, GP1002 empty, GP1003 no ONNX model.</exception>
    public static OnnxModel Load(string path)
    {
        byte[] bytes;
        string? folder;
        try
        {
            if (!File.Exists(path))
            {
                string what = Directory.Exists(path) ? "is a folder, not a file" : "does not exist";
                throw Failure(Codes.ModelNotFound, $"'{path}' {what}", path, "give the path of an .onnx file");
            }

            bytes = File.ReadAllBytes(path);
            folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Failure(Codes.ModelUnreadable, $"the file can't be read: {e.Message}", path, "check the file's permissions and size (protobuf files end at 2 GiB; larger weights belong in external data)");
        }

        return Parse(bytes, folder, path);
    }

    /// <summary>Reads a model from memory.</summary>
    /// <param name="folder">Where external data may lie; null if there is none.</param>
    /// <param name="path">A name for diagnostics.</param>
    /// <exception cref="DiagnosticException">GP1002, GP1003.</exception>
    public static OnnxModel Parse(ReadOnlyMemory<byte> bytes, string? folder = null, string path = "model.onnx")
    {
        if (bytes.IsEmpty)
            throw Failure(Codes.ModelEmpty, "the file is empty", path, "the export or download did not finish; do it again");
        if (bytes.Span.StartsWith("version https://git-lfs"u8))
            throw Failure(Codes.ModelUnreadable, "the file is a Git LFS pointer, not the model", path, "run 'git lfs pull' in its repository");
        return new OnnxModel(ParseProto(bytes, path), path, folder, Convert.ToHexStringLower(SHA256.HashData(bytes.Span)));
    }

    /// <summary>The model at level <c>onnx</c>: functions inlined, nodes sorted, values under their ONNX names.</summary>
    /// <exception cref="DiagnosticException">GP1003 to GP1014: everything that is wrong with the file, together.</exception>
    public Module ToModule() => ModelReader.Read(_proto, _folder);

    /// <summary>
    /// The file without the elements of its large initializers: names, structure, opsets, documentation, all else is kept.
    /// <see cref="TrainedExport"/> puts elements back. What stays and was external data is taken into the file, so that it needs no folder.
    /// </summary>
    /// <param name="minimumBytes">Initializers of the main graph from this size on lose their elements.</param>
    /// <param name="isStoredElsewhere">Which initializers may lose theirs, by name; null: all.</param>
    /// <exception cref="DiagnosticException">GP1008, GP1009, GP1010: external data is missing.</exception>
    public byte[] Skeleton(long minimumBytes = 1024, Func<string, bool>? isStoredElsewhere = null) =>
        ModelSkeleton.Cut(_proto, _folder, minimumBytes, isStoredElsewhere ?? (_ => true));

    /// <summary>The file's metadata properties.</summary>
    public IReadOnlyDictionary<string, string> Properties =>
        _proto.MetadataProps.DistinctBy(p => p.Key).ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);

    /// <summary>The names of the main graph's initializers, in the file's order.</summary>
    public IEnumerable<string> InitializerNames() => _proto.Graph.Initializer.Select(i => i.Name);

    internal static ModelProto ParseProto(ReadOnlyMemory<byte> bytes, string path)
    {
        const string Advice = "check that it is an ONNX model and that the download is complete";
        ModelProto proto;
        try
        {
            proto = ModelProto.Parser.ParseFrom(bytes.Span);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or ArgumentException or OverflowException or OutOfMemoryException)
        {
            throw Failure(Codes.ModelUnreadable, $"the file is no ONNX model: {e.Message}", path, Advice);
        }

        return proto.Graph is null ? throw Failure(Codes.ModelUnreadable, "the file is no ONNX model: it has no graph", path, Advice) : proto;
    }

    private static DiagnosticException Failure(string code, string message, string path, string advice) => new(Diagnostic.Error(code, message, path, advice));
}
