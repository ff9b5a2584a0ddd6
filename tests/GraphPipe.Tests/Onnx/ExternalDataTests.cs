using System.Runtime.InteropServices;
using GraphPipe.Bundle;
using GraphPipe.Onnx;
using GraphPipe.Onnx.Proto;
using Xunit;
using static GraphPipe.Tests.Onnx.Models;

namespace GraphPipe.Tests.Onnx;

public sealed class ExternalDataTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("graphpipe-onnx-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Ranges_of_files_are_read()
    {
        Write("weights.bin", 0f, 0f, 1f, 2f, 3f, 4f);
        var module = Model(External("w", "weights.bin", "8")).Import(_folder);
        Assert.Equal([1f, 2f, 3f, 4f], module.Parameters[0].Data!.As<float>().ToArray());
    }

    [Fact]
    public void Large_ranges_are_mapped()
    {
        float[] values = [.. Enumerable.Range(0, 1 << 19).Select(i => (float)i)];
        Write("weights.bin", values);
        var tensor = External("w", "weights.bin", "4", ((values.Length - 1) * 4).ToString(System.Globalization.CultureInfo.InvariantCulture));
        tensor.Dims[0] = values.Length - 1;
        var data = Model(tensor).Parse(_folder).ToModule().Parameters[0].Data!;
        Assert.Equal(values[1..], data.As<float>().ToArray());
        Assert.False(MemoryMarshal.TryGetArray(data.Bytes, out _));
    }

    [Theory]
    [InlineData("../weights.bin")]
    [InlineData("/etc/passwd")]
    [InlineData("link.bin")]
    [InlineData("inner/weights.bin")]
    public void Files_outside_the_folder_are_refused(string location)
    {
        string outside = Directory.CreateTempSubdirectory("graphpipe-outside-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(outside, "weights.bin"), new byte[16]);
            File.CreateSymbolicLink(Path.Combine(_folder, "link.bin"), Path.Combine(outside, "weights.bin"));
            File.CreateSymbolicLink(Path.Combine(_folder, "inner"), outside);
            Model(External("w", location)).Refused(Codes.ExternalDataEscapes, _folder);
        }
        finally
        {
            Directory.Delete(outside, recursive: true);
        }
    }

    [Fact]
    public void Links_inside_the_folder_are_followed_and_circles_end()
    {
        Write("weights.bin", 1f, 2f, 3f, 4f);
        File.CreateSymbolicLink(Path.Combine(_folder, "link.bin"), "weights.bin");
        File.CreateSymbolicLink(Path.Combine(_folder, "a"), "b");
        File.CreateSymbolicLink(Path.Combine(_folder, "b"), "a");
        Model(External("w", "link.bin")).Import(_folder);
        Model(External("w", "a")).Refused(Codes.ExternalDataMissing, _folder);
    }

    [Fact]
    public void Missing_and_short_files_are_reported_together()
    {
        Write("short.bin", 1f, 2f);
        var model = Model(External("w", "missing.bin"));
        model.Graph.Initializer.Add([External("v", "short.bin"), External("u", "short.bin", "100000000000"), External("t", ".")]);
        Assert.Equal(4, Assert.Throws<DiagnosticException>(() => model.Parse(_folder).ToModule()).Diagnostics.Count);
        Model(External("w", "missing.bin")).Refused(Codes.ExternalDataMissing);
        Model(External("w", "short.bin", "-1")).Refused(Codes.TensorMalformed, _folder);
        Model(External("w", "short.bin", "0", "8")).Refused(Codes.TensorMalformed, _folder);
        Model(External("w", "")).Refused(Codes.TensorMalformed, _folder);
    }

    [Fact]
    public void Skeletons_take_external_data_in_and_trained_weights_replace_any_storage()
    {
        Write("weights.bin", 1f, 2f, 3f, 4f);
        var model = Model(External("w", "weights.bin"));
        var typed = new TensorProto { Name = "t", DocString = "typed", DataType = 1, Dims = { 4 }, FloatData = { 1, 2, 3, 4 } };
        model.Graph.Initializer.Add([typed, External("small", "weights.bin")]);
        model.Graph.Node[0].DocString = "kept";
        byte[] skeleton = model.Parse(_folder).Skeleton(1, name => name != "small");
        var cut = ModelProto.Parser.ParseFrom(skeleton);
        Assert.Equal([0, 0, 16], cut.Graph.Initializer.Select(i => i.RawData.Length));
        Assert.Equal(0, cut.Graph.Initializer.Sum(i => i.ExternalData.Count + i.FloatData.Count));

        var weights = new Dictionary<string, TensorData> { ["w"] = TensorData.Floats([4], 5f, 6f, 7f, 8f), ["t"] = TensorData.Floats([4], 9f, 9f, 9f, 9f) };
        var trained = ModelProto.Parser.ParseFrom(TrainedExport.Write(skeleton, weights));
        Assert.Equal(["w", "t", "small"], trained.Graph.Initializer.Select(i => i.Name));
        Assert.Equal("typed", trained.Graph.Initializer[1].DocString);
        Assert.Equal("kept", trained.Graph.Node[0].DocString);
        Assert.Equal([5f, 6f, 7f, 8f], MemoryMarshal.Cast<byte, float>(trained.Graph.Initializer[0].RawData.Span).ToArray());

        weights.Remove("t");
        weights["w"] = TensorData.Floats([2, 2], 5f, 6f, 7f, 8f);
        var error = Assert.Throws<DiagnosticException>(() => TrainedExport.Write(skeleton, weights));
        Assert.Equal([Codes.ExportImpossible, Codes.ExportImpossible], error.Diagnostics.Select(d => d.Code));
    }

    [Fact]
    public void Files_with_external_data_are_written_and_read_again()
    {
        var big = Floats("w", [.. Enumerable.Range(0, 1000).Select(i => (float)i)]);
        var model = Model(big);
        model.Graph.Initializer.Add(Floats("small", 1, 2));
        var module = model.Import();
        string path = Path.Combine(_folder, "out.onnx");
        OnnxExport.WriteFile(module, path, externalDataFrom: 100);
        Assert.Equal(4000, new FileInfo(path + ".data").Length);
        var again = OnnxModel.Load(path);
        Assert.Equal(Core.Printer.Print(module), Core.Printer.Print(again.ToModule()));
        Assert.Equal(64, again.Sha256.Length);
        Assert.Equal(Codes.WriteFailed, Assert.Single(Assert.Throws<DiagnosticException>(() => OnnxExport.WriteFile(module, "/nowhere/x.onnx")).Diagnostics).Code);
    }

    private static ModelProto Model(TensorProto initializer)
    {
        var model = Of(Node("Add", ["x", "w"], ["y"]));
        model.Graph.Initializer.Add(initializer);
        return model;
    }

    private void Write(string name, params float[] values) => File.WriteAllBytes(Path.Combine(_folder, name), MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
}
