using System.Collections.Immutable;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace GraphPipe.Bundle;

/// <summary>
/// Writes bundles: a zip (<c>.gpb</c>) or a folder of the same files. Equal bundles give equal bytes; a bundle is whole or not there.
/// </summary>
public static class BundleWriter
{
    public const string Extension = ".gpb";

    /// <summary>Writes a folder if the path is one or ends with a separator, else a zip.</summary>
    /// <exception cref="DiagnosticException">GP5007: it can't be written.</exception>
    public static void Write(StageBundle bundle, string path)
    {
        if (Path.EndsInDirectorySeparator(path) || Directory.Exists(path))
            WriteFolder(bundle, path);
        else
            WriteZip(bundle, path);
    }

    /// <summary>Writes one file.</summary>
    /// <exception cref="DiagnosticException">GP5007: it can't be written.</exception>
    public static void WriteZip(StageBundle bundle, string path)
    {
        var files = FilesOf(bundle);
        AtomicFile.Write(path, stream => WriteZip(files, stream));
    }

    /// <summary>Writes the zip to a stream, which stays open.</summary>
    public static void WriteZip(StageBundle bundle, Stream stream) => WriteZip(FilesOf(bundle), stream);

    /// <summary>Writes a folder; an older bundle in its place is replaced.</summary>
    /// <exception cref="DiagnosticException">GP5007: it can't be written, or is a folder with other files.</exception>
    public static void WriteFolder(StageBundle bundle, string path)
    {
        var files = FilesOf(bundle);
        AtomicFile.WriteFolder(
            path,
            name => name is BundlePaths.Manifest or BundlePaths.Plan or BundlePaths.Model or BundlePaths.Stages,
            folder =>
            {
                foreach (var file in files)
                    AtomicFile.Write(Path.Combine(folder, file.Path.Replace('/', Path.DirectorySeparatorChar)), file.Write);
            });
    }

    /// <summary>
    /// Writes a folder with one bundle for each device, <c>&lt;nn&gt;-&lt;device&gt;.gpb</c>, each with the whole plan and the files of that
    /// device's stages.
    /// </summary>
    /// <returns>The files' paths, in the mesh's order.</returns>
    /// <exception cref="DiagnosticException">GP5007: it can't be written, or is a folder with other files.</exception>
    public static ImmutableArray<string> WritePerDevice(StageBundle bundle, string directory)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        string[] names =
        [
            .. bundle.Manifest.Mesh.Devices.Select(
                (device, i) => string.Create(CultureInfo.InvariantCulture, $"{i:D2}-{BundlePaths.Plain(device.ToString())}{Extension}")),
        ];
        AtomicFile.WriteFolder(directory, name => name.EndsWith(Extension, StringComparison.Ordinal), folder =>
        {
            for (int i = 0; i < names.Length; i++)
                WriteZip(bundle.For(new DeviceId(i)), Path.Combine(folder, names[i]));
        });
        return [.. names.Select(name => Path.Combine(directory, name))];
    }

    private static void WriteZip(ImmutableArray<BundleFile> files, Stream stream)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var file in files)
        {
            using var content = ZipOutput.Create(zip, file.Path);
            file.Write(content);
        }
    }

    // The manifest comes first, so that a reader of the raw file meets it at once; it knows the hashes of all others.
    private static ImmutableArray<BundleFile> FilesOf(StageBundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        var files = ImmutableArray.CreateBuilder<BundleFile>();
        files.Add(BundleFile.Of(BundlePaths.Plan, Encoding.UTF8.GetBytes(PlanText.Write(bundle.Plan))));
        files.Add(BundleFile.Of(BundlePaths.Model, bundle.ModelSkeleton));
        foreach (var stage in bundle.Stages.OrderBy(s => s.Program.Id))
        {
            string folder = BundlePaths.StageFolder(stage.Program.Id, stage.Program.Name);
            files.Add(BundleFile.Of($"{folder}/{BundlePaths.Program}", StageProgramJson.Write(stage.Program)));
            files.Add(BundleFile.Of($"{folder}/{BundlePaths.ProgramText}", Encoding.UTF8.GetBytes(stage.ProgramText)));
            files.Add(BundleFile.Of($"{folder}/{BundlePaths.Forward}", stage.ForwardOnnx));
            files.Add(new BundleFile($"{folder}/{BundlePaths.Weights}", stream => Safetensors.Write(stream, stage.Weights)));
        }

        var manifest = bundle.Manifest with { Files = [.. files.Select(f => new BundleFileHash(f.Path, f.Sha256()))] };
        files.Insert(0, BundleFile.Of(BundlePaths.Manifest, ManifestJson.Write(manifest)));
        return files.ToImmutable();
    }

    /// <summary>A file of a bundle, written on demand: weights are never gathered in memory a second time.</summary>
    private sealed record BundleFile(string Path, Action<Stream> Write)
    {
        public static BundleFile Of(string path, ReadOnlyMemory<byte> content) => new(path, stream => stream.Write(content.Span));

        public string Sha256()
        {
            using var sha = SHA256.Create();
            using (var stream = new CryptoStream(Stream.Null, sha, CryptoStreamMode.Write))
                Write(stream);
            return Convert.ToHexStringLower(sha.Hash!);
        }
    }
}
