using System.IO.Compression;
using System.Text;
using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Bundle;

public class BundleTests
{
    private static readonly string[] AllCodes =
    [
        Codes.BundleUnreadable, Codes.BundleHash, Codes.BundleVersion, Codes.BundlePathEscapes, Codes.BundleContent,
    ];

    [Theory]
    [InlineData("m.gpb")]
    [InlineData("m/")]
    public void What_is_written_is_read_back(string name)
    {
        using var folder = new TemporaryFolder();
        var bundle = BundleSamples.TwoStages();
        BundleWriter.Write(bundle, folder[name]);
        Assert.True(BundleReader.IsBundle(folder[name]));
        var read = BundleReader.Read(folder[name]);
        Assert.Equal(ManifestJson.Write(bundle.Manifest with { Files = read.Manifest.Files }), ManifestJson.Write(read.Manifest));
        Assert.Equal(PlanText.Write(bundle.Plan), PlanText.Write(read.Plan));
        Assert.True(bundle.ModelSkeleton.Span.SequenceEqual(read.ModelSkeleton.Span));
        Assert.Equal(2, read.Stages.Length);
        foreach (var (expected, actual) in bundle.Stages.Zip(read.Stages))
        {
            Assert.Equal(StageProgramJson.Write(expected.Program), StageProgramJson.Write(actual.Program));
            Assert.Equal(expected.ProgramText, actual.ProgramText);
            Assert.True(expected.ForwardOnnx.Span.SequenceEqual(actual.ForwardOnnx.Span));
            BundleSamples.SameTensors(expected.Weights, actual.Weights);
        }

        Assert.Equal(ManifestJson.Write(read.Manifest), ManifestJson.Write(BundleReader.ReadManifest(folder[name])));
        Assert.Single(BundleReader.Read(folder[name], new DeviceId(1)).Stages);
        Fuzz.Refused(Codes.BundleContent, () => BundleReader.Read(folder[name], new DeviceId(2)));
    }

    [Fact]
    public void Two_writes_are_the_same_bytes_and_the_layout_is_the_documented_one()
    {
        byte[] bytes = Zip();
        Assert.Equal(bytes, Zip());
        using var zip = new ZipArchive(new MemoryStream(bytes));
        Assert.Equal(
            [
                "manifest.json", "plan.txt", "model.onnx",
                "stages/00-tower_0/program.json", "stages/00-tower_0/program.gpir", "stages/00-tower_0/forward.onnx", "stages/00-tower_0/weights.safetensors",
                "stages/01-head/program.json", "stages/01-head/program.gpir", "stages/01-head/forward.onnx", "stages/01-head/weights.safetensors",
            ],
            zip.Entries.Select(e => e.FullName));
        Assert.All(zip.Entries, e => Assert.Equal(1980, e.LastWriteTime.Year));
    }

    [Fact]
    public void A_folder_holds_the_same_files_as_the_zip()
    {
        using var folder = new TemporaryFolder();
        BundleWriter.WriteFolder(BundleSamples.TwoStages(), folder["b"]);
        BundleWriter.WriteFolder(BundleSamples.TwoStages(), folder["b"]);
        using var zip = new ZipArchive(new MemoryStream(Zip()));
        Assert.Equal(zip.Entries.Count, Directory.GetFiles(folder["b"], "*", SearchOption.AllDirectories).Length);
        foreach (var entry in zip.Entries)
        {
            using var content = new MemoryStream();
            using (var stream = entry.Open())
                stream.CopyTo(content);
            Assert.Equal(content.ToArray(), File.ReadAllBytes(folder[$"b/{entry.FullName}"]));
        }

        Assert.Equal(["b"], folder.Names);
    }

    [Fact]
    public void A_bundle_per_device_is_enough_for_that_device()
    {
        using var folder = new TemporaryFolder();
        var paths = BundleWriter.WritePerDevice(BundleSamples.TwoStages(), folder["out"]);
        Assert.Equal([folder["out/00-cpu_0.gpb"], folder["out/01-cpu_1.gpb"]], paths);
        for (int i = 0; i < 2; i++)
        {
            var read = BundleReader.Read(paths[i]);
            Assert.Equal(new DeviceId(i), read.Manifest.Covers);
            Assert.Equal(i, Assert.Single(read.Stages).Program.Id.Value);
            Assert.Equal(2, read.Plan.Stages.Length);
            Assert.DoesNotContain(read.Manifest.Files, f => f.Path.StartsWith($"stages/{1 - i:D2}", StringComparison.Ordinal));
            Fuzz.Refused(Codes.BundleContent, () => BundleReader.Read(paths[i], new DeviceId(1 - i)));
        }
    }

    [Fact]
    public void Nothing_half_written_is_left()
    {
        using var folder = new TemporaryFolder();
        var good = BundleSamples.TwoStages();
        var stage = good.Stages[1];
        var bad = good with { Stages = [good.Stages[0], stage with { Weights = new TensorSet([new("s", new TensorData([0], []))]) }] };
        Fuzz.Refused(Codes.DataType, () => BundleWriter.WriteZip(bad, folder["a.gpb"]));
        Fuzz.Refused(Codes.DataType, () => BundleWriter.WriteFolder(bad, folder["a"]));
        Fuzz.Refused(Codes.DataType, () => BundleWriter.WritePerDevice(bad, folder["p"]));
        Fuzz.Refused(Codes.WriteFailed, () => BundleWriter.WriteZip(good, "/proc/none/a.gpb"));
        Fuzz.Refused(Codes.WriteFailed, () => BundleWriter.WriteFolder(good, "/proc/none/a"));
        Assert.Throws<IOException>(() => BundleWriter.WriteZip(good, new FullStream(500)));
        Fuzz.Refused(Codes.WriteFailed, () => AtomicFile.Write(folder["a.gpb"], stream =>
        {
            BundleWriter.WriteZip(good, stream);
            throw new IOException("the cable");
        }));
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void Absence_and_other_files_are_told()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["text"], "no zip");
        File.WriteAllBytes(folder["zip"], Rezip(Zip(), (name, content) => name == "manifest.json" ? null : content));
        Fuzz.Refused(Codes.BundleNotFound, () => BundleReader.Read(folder["none.gpb"]));
        Fuzz.Refused(Codes.BundleUnreadable, () => BundleReader.Read(folder["text"]));
        Fuzz.Refused(Codes.BundleUnreadable, () => BundleReader.Read(folder["zip"]));
        Fuzz.Refused(Codes.BundleUnreadable, () => BundleReader.Read(folder.Path));
        Assert.False(BundleReader.IsBundle(folder["text"]));
        Assert.False(BundleReader.IsBundle(folder["none"]));
        Assert.True(BundleReader.IsBundle(folder["zip"]));
    }

    [Theory]
    [InlineData("plan.txt", Codes.BundleHash)]
    [InlineData("model.onnx", Codes.BundleHash)]
    [InlineData("stages/00-tower_0/program.json", Codes.BundleHash)]
    [InlineData("stages/00-tower_0/program.gpir", Codes.BundleHash)]
    [InlineData("stages/01-head/forward.onnx", Codes.BundleHash)]
    [InlineData("stages/01-head/weights.safetensors", Codes.BundleHash)]
    public void A_changed_file_is_refused_and_a_missing_one_too(string path, string code)
    {
        Refused(code, Rezip(Zip(), (name, content) => name == path ? [.. content[..^1], (byte)(content[^1] ^ 1)] : content));
        Refused(Codes.BundleContent, Rezip(Zip(), (name, content) => name == path ? null : content));
        using var folder = new TemporaryFolder();
        BundleWriter.WriteFolder(BundleSamples.TwoStages(), folder["b"]);
        File.AppendAllText(folder[$"b/{path}"], "x");
        Fuzz.Refused(code, () => BundleReader.Read(folder["b"]));
        File.Delete(folder[$"b/{path}"]);
        Fuzz.Refused(Codes.BundleContent, () => BundleReader.Read(folder["b"]));
    }

    [Theory]
    [InlineData("\"version\": 1", "\"version\": 2", Codes.BundleVersion)]
    [InlineData("graphpipe-bundle", "graphpipe-bungle", Codes.BundleUnreadable)]
    [InlineData("\"plan.txt\"", "\"../plan.txt\"", Codes.BundlePathEscapes)]
    [InlineData("\"plan.txt\"", "\"/etc/passwd\"", Codes.BundlePathEscapes)]
    [InlineData("\"plan.txt\"", "\"c:plan.txt\"", Codes.BundlePathEscapes)]
    [InlineData("\"plan.txt\"", "\"a/./plan.txt\"", Codes.BundlePathEscapes)]
    [InlineData("\"plan.txt\"", "\"model.onnx\"", Codes.BundlePathEscapes)]
    [InlineData("\"plan.txt\"", "\"plan2.txt\"", Codes.BundleContent)]
    [InlineData("\"mini_batch\": 2", "\"mini_batch\": 3", Codes.BundleContent)]
    [InlineData("\"mini_batch\": 2", "\"mini_batch\": 0", Codes.BundleContent)]
    [InlineData("\"purpose\": \"train\"", "\"purpose\": \"fun\"", Codes.BundleContent)]
    [InlineData("\"covers_device\": null", "\"covers_device\": 2", Codes.BundleContent)]
    [InlineData("\"owner\":1", "\"owner\":2", Codes.BundleContent)]
    [InlineData("\"learning_rate\": 0.001", "\"learning_rate\": \"x\"", Codes.BundleContent)]
    public void A_manifest_that_does_not_hold_is_refused(string good, string bad, string code) => Refused(code, Rezip(Zip(), (name, content) =>
    {
        if (name != "manifest.json")
            return content;
        string text = Encoding.UTF8.GetString(content);
        Assert.Contains(good, text, StringComparison.Ordinal);
        return Encoding.UTF8.GetBytes(text.Replace(good, bad, StringComparison.Ordinal));
    }));

    [Theory]
    [InlineData("../evil")]
    [InlineData("/evil")]
    [InlineData("a\\evil")]
    [InlineData("c:/evil")]
    [InlineData("a//evil")]
    [InlineData("plan.txt")]
    [InlineData("PLAN.txt")]
    [InlineData("nul.txt")]
    public void A_zip_with_such_an_entry_is_refused(string name) => Refused(Codes.BundlePathEscapes, Add(Zip(), name, 0));

    [Fact]
    public void A_zip_with_a_link_is_refused() => Refused(Codes.BundlePathEscapes, Add(Zip(), "link", unchecked((int)0xA1FF0000)));

    [Fact]
    public void A_folder_with_a_link_is_refused()
    {
        using var folder = new TemporaryFolder();
        BundleWriter.WriteFolder(BundleSamples.TwoStages(), folder["b"]);
        File.Move(folder["b/plan.txt"], folder["outside"]);
        File.CreateSymbolicLink(folder["b/plan.txt"], folder["outside"]);
        Fuzz.Refused(Codes.BundlePathEscapes, () => BundleReader.Read(folder["b"]));
        File.Delete(folder["b/plan.txt"]);
        File.Move(folder["outside"], folder["b/plan.txt"]);
        Directory.Move(folder["b/stages"], folder["stages"]);
        Directory.CreateSymbolicLink(folder["b/stages"], folder["stages"]);
        Fuzz.Refused(Codes.BundlePathEscapes, () => BundleReader.Read(folder["b"]));
    }

    [Fact]
    public void A_bomb_is_refused()
    {
        byte[] zeros = new byte[80 << 20];
        Refused(Codes.BundleUnreadable, Rezip(Zip(), (name, content) => name == "model.onnx" ? zeros : content));
    }

    [Fact]
    public void Weights_that_don_t_fit_the_program_are_refused()
    {
        var good = BundleSamples.TwoStages();
        foreach (var weights in new TensorSet[] { TensorSet.Empty, new([new("w0", TensorData.Floats([16], new float[16]))]), new([new("w0", TensorData.Longs([4, 4], new long[16]))]) })
            Refused(Codes.BundleContent, Bytes(good with { Stages = [good.Stages[0] with { Weights = weights }, good.Stages[1]] }));
    }

    [Fact]
    public void Ports_that_don_t_fit_the_plan_are_refused()
    {
        var good = BundleSamples.TwoStages();
        var program = good.Stages[0].Program;
        foreach (var ports in new PortDecl[][] { [], [new(new(0), new(1), false)], [new(new(1), new(1), true)], [new(new(0), new(2), true)] })
            Refused(Codes.BundleContent, Bytes(good with { Stages = [good.Stages[0] with { Program = program with { Ports = [.. ports] } }, good.Stages[1]] }));
    }

    [Fact]
    public void Damage_is_a_diagnostic() =>
        Fuzz.Damage(Zip(), bytes => BundleReader.Read(new MemoryStream(bytes), "m.gpb"), AllCodes, 3000);

    [Fact]
    public void A_flipped_bit_in_a_file_s_content_never_passes()
    {
        byte[] good = Zip();
        using var zip = new ZipArchive(new MemoryStream(good));
        foreach (var entry in zip.Entries)
        {
            using var content = new MemoryStream();
            using (var stream = entry.Open())
                stream.CopyTo(content);
            int start = good.AsSpan().IndexOf(content.ToArray());
            for (int at = 0; at < content.Length; at += 11)
            {
                byte[] bad = [.. good];
                bad[start + at] ^= 4;
                Assert.Throws<DiagnosticException>(() => BundleReader.Read(new MemoryStream(bad), "m.gpb"));
            }
        }
    }

    [Fact]
    public void A_damaged_manifest_is_a_diagnostic() => Fuzz.Damage(
        ManifestJson.Write(BundleReader.Read(new MemoryStream(Zip()), "m").Manifest),
        bytes => ManifestJson.Read(bytes),
        AllCodes,
        5000);

    private static void Refused(string code, byte[] zip) => Fuzz.Refused(code, () => BundleReader.Read(new MemoryStream(zip), "m.gpb"));

    private static byte[] Zip() => Bytes(BundleSamples.TwoStages());

    private static byte[] Bytes(StageBundle bundle)
    {
        using var stream = new MemoryStream();
        BundleWriter.WriteZip(bundle, stream);
        return stream.ToArray();
    }

    private static byte[] Rezip(byte[] zip, Func<string, byte[], byte[]?> change)
    {
        using var result = new MemoryStream();
        using (var from = new ZipArchive(new MemoryStream(zip)))
        using (var to = new ZipArchive(result, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var entry in from.Entries)
            {
                using var content = new MemoryStream();
                using (var stream = entry.Open())
                    stream.CopyTo(content);
                if (change(entry.FullName, content.ToArray()) is not { } changed)
                    continue;
                using var target = to.CreateEntry(entry.FullName).Open();
                target.Write(changed);
            }
        }

        return result.ToArray();
    }

    private static byte[] Add(byte[] zip, string name, int attributes)
    {
        using var result = new MemoryStream();
        result.Write(zip);
        using (var archive = new ZipArchive(result, ZipArchiveMode.Update, leaveOpen: true))
        {
            var entry = archive.CreateEntry(name);
            entry.ExternalAttributes = attributes;
            using var stream = entry.Open();
            stream.Write("x"u8);
        }

        return result.ToArray();
    }

    /// <summary>A disk with room for so many bytes.</summary>
    private sealed class FullStream(int room) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Check(buffer.Length);
            base.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            Check(count);
            base.Write(buffer, offset, count);
        }

        private void Check(int count)
        {
            if (Position + count > room)
                throw new IOException("disk full");
        }
    }
}
