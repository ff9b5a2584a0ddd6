using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace GraphPipe.Bundle;

/// <summary>
/// Reads bundles, zips and folders alike. Nothing of a bundle is believed: versions, hashes, paths, lengths, and that manifest, plan,
/// programs and weights fit together.
/// </summary>
public static class BundleReader
{
    // Texts and programs are read as a whole; a hundred thousand kernel calls take a twentieth of it.
    private const long LongestText = 1L << 30;

    /// <summary>Reads a bundle, or the part of it that one device needs.</summary>
    /// <exception cref="DiagnosticException">
    /// GP5001: nothing there; GP5002: unreadable; GP5003: a hash is wrong; GP5004: a newer version; GP5005: a path leaves the bundle;
    /// GP5006: files are missing or don't fit together; GP3007: the plan is malformed.
    /// </exception>
    public static StageBundle Read(string path, DeviceId? device = null)
    {
        using var container = BundleContainer.At(path);
        return Read(container, device);
    }

    /// <summary>Reads a zipped bundle from a seekable stream, which is closed.</summary>
    /// <param name="name">The bundle's name for messages.</param>
    /// <exception cref="DiagnosticException">As for a file.</exception>
    public static StageBundle Read(Stream stream, string name, DeviceId? device = null)
    {
        using var container = new BundleZip(stream, name);
        return Read(container, device);
    }

    /// <summary>Reads the manifest alone.</summary>
    /// <exception cref="DiagnosticException">As for the whole bundle.</exception>
    public static Manifest ReadManifest(string path)
    {
        using var container = BundleContainer.At(path);
        return ReadManifest(container);
    }

    /// <summary>True if a path looks like a bundle: a folder with a manifest, or a file with the extension or the first bytes of one.</summary>
    public static bool IsBundle(string path)
    {
        if (Directory.Exists(path))
            return File.Exists(Path.Combine(path, BundlePaths.Manifest));
        if (path.EndsWith(BundleWriter.Extension, StringComparison.OrdinalIgnoreCase))
            return true;
        try
        {
            using var stream = File.OpenRead(path);
            Span<byte> start = stackalloc byte[4];
            return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("PK\x03\x04"u8);
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            return false;
        }
    }

    private static StageBundle Read(BundleContainer container, DeviceId? device)
    {
        var manifest = ReadManifest(container);
        var hashes = manifest.Files.ToImmutableDictionary(f => f.Path, f => f.Sha256, StringComparer.Ordinal);
        string planName = $"{container.Name}: {BundlePaths.Plan}";
        var plan = PlanText.Parse(Encoding.UTF8.GetString(ReadBytes(container, hashes, BundlePaths.Plan)), planName);
        var source = new InputSource(container.Name, Codes.BundleContent);
        if (device is { } wanted)
        {
            if (wanted.Value < 0 || wanted.Value >= plan.Mesh.Count || (manifest.Covers ?? wanted) != wanted)
                throw source.Malformed($"it has no stages for {wanted}", "take the bundle of that device, or the whole one");
            manifest = manifest with { Covers = wanted };
        }

        if (!plan.Mesh.Equals(manifest.Mesh) || plan.MiniBatch != manifest.MiniBatch)
            throw source.Malformed("manifest and plan differ in mesh or mini-batch");
        var stages = plan.Stages.Where(s => manifest.Covers is null || s.Device == manifest.Covers).Select(s => ReadStage(container, hashes, s));
        var bundle = new StageBundle(manifest, plan, [.. stages], ReadBytes(container, hashes, BundlePaths.Model));
        BundleRules.Check(bundle, source);
        return bundle;
    }

    private static Manifest ReadManifest(BundleContainer container)
    {
        if (!container.Has(BundlePaths.Manifest))
        {
            throw new InputSource(container.Name, Codes.BundleUnreadable).Malformed(
                $"it is no bundle: '{BundlePaths.Manifest}' is missing", "give a file or folder that 'graphpipe compile' wrote");
        }

        string name = $"{container.Name}: {BundlePaths.Manifest}";
        using var stream = container.Open(BundlePaths.Manifest);
        return ManifestJson.Read(ReadText(stream, new InputSource(name, Codes.BundleUnreadable)), name);
    }

    private static BundledStage ReadStage(BundleContainer container, ImmutableDictionary<string, string> hashes, PlannedStage stage)
    {
        string folder = BundlePaths.StageFolder(stage.Id, stage.Name);
        string programPath = $"{folder}/{BundlePaths.Program}";
        var program = StageProgramJson.Read(ReadBytes(container, hashes, programPath), $"{container.Name}: {programPath}");
        if (program.Id != stage.Id || program.Name != stage.Name)
            throw new InputSource($"{container.Name}: {programPath}", Codes.BundleContent).Malformed($"it is not the program of {stage.Id}, '{stage.Name}'");
        return new BundledStage(
            program,
            Encoding.UTF8.GetString(ReadBytes(container, hashes, $"{folder}/{BundlePaths.ProgramText}")),
            ReadBytes(container, hashes, $"{folder}/{BundlePaths.Forward}"),
            ReadWeights(container, hashes, $"{folder}/{BundlePaths.Weights}"));
    }

    private static byte[] ReadBytes(BundleContainer container, ImmutableDictionary<string, string> hashes, string path)
    {
        string expected = HashOf(container, hashes, path);
        using var stream = container.Open(path);
        byte[] content = ReadText(stream, new InputSource($"{container.Name}: {path}", Codes.BundleUnreadable));
        CheckHash(container, path, expected, SHA256.HashData(content));
        return content;
    }

    private static TensorSet ReadWeights(BundleContainer container, ImmutableDictionary<string, string> hashes, string path)
    {
        string expected = HashOf(container, hashes, path);
        var source = new InputSource($"{container.Name}: {path}", Codes.BundleContent);
        using (var stream = container.Open(path))
            CheckHash(container, path, expected, Hash(stream, source));
        if (container.FilePath(path) is { } file)
            return Safetensors.Read(file, source, Codes.BundleContent);
        using var content = container.Open(path);
        return Safetensors.Read(content, container.LengthOf(path), source);
    }

    private static byte[] Hash(Stream stream, InputSource source)
    {
        try
        {
            return SHA256.HashData(stream);
        }
        catch (IOException e)
        {
            throw source.Malformed($"can't be read: {e.Message.TrimEnd('.')}");
        }
    }

    private static byte[] ReadText(Stream stream, InputSource source) =>
        stream.Length <= LongestText
            ? InputFile.ReadAll(stream, stream.Length, source)
            : throw source.Malformed($"it has {stream.Length} bytes, over {LongestText}");

    private static string HashOf(BundleContainer container, ImmutableDictionary<string, string> hashes, string path)
    {
        var source = new InputSource(container.Name, Codes.BundleContent);
        if (!hashes.TryGetValue(path, out string? hash))
            throw source.Malformed($"the manifest does not list '{path}'");
        return container.Has(path) ? hash : throw source.Malformed($"'{path}' is missing");
    }

    private static void CheckHash(BundleContainer container, string path, string expected, ReadOnlySpan<byte> hash)
    {
        if (Convert.ToHexStringLower(hash) != expected)
        {
            throw new InputSource($"{container.Name}: {path}", Codes.BundleHash).Malformed(
                "its content is not what the manifest says", "the bundle was damaged or changed: compile it again");
        }
    }
}
