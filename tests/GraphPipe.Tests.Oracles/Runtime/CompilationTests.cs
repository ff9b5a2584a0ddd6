using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Core;
using GraphPipe.Onnx;
using Xunit;

namespace GraphPipe.Tests.Oracles.Runtime;

/// <summary>Compilations of real models: equal bytes each time, and IR text that loses nothing on any level.</summary>
public sealed class CompilationTests
{
    [Theory]
    [MemberData(nameof(RecordedModel.AllAtOneAndFourStages), MemberType = typeof(RecordedModel))]
    public void Equal_compiles_give_equal_bundles(string name, int stages)
    {
        var model = RecordedModel.Open(name);
        var first = model.Compile(stages);
        var second = ModelCompiler.Compile(OnnxModel.Load(model.Reference.ModelPath), model.Options(stages)).Bundle;
        byte[] whole = Zip(first);
        Assert.Equal(whole, Zip(second));

        string folder = Directory.CreateTempSubdirectory("graphpipe-").FullName;
        try
        {
            var one = BundleWriter.WritePerDevice(first, Path.Combine(folder, "one"));
            var other = BundleWriter.WritePerDevice(second, Path.Combine(folder, "other"));
            Assert.Equal(stages, one.Length);
            foreach (var (a, b) in one.Zip(other))
                Assert.Equal(File.ReadAllBytes(a), File.ReadAllBytes(b));
            string file = Path.Combine(folder, "whole.gpb");
            File.WriteAllBytes(file, whole);
            Assert.Equal(whole, Zip(BundleReader.Read(file)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(RecordedModel.All), MemberType = typeof(RecordedModel))]
    public void Modules_of_every_level_survive_printing_and_parsing(string name)
    {
        var model = RecordedModel.Open(name);
        var levels = new HashSet<Level>();
        AssertSurvives(model.Model.ToModule(), "import");
        var options = model.Options(4) with
        {
            Passes = new PassOptions
            {
                VerifyEach = true,
                After = (pass, module, _) =>
                {
                    levels.Add(module.Level);
                    AssertSurvives(module, pass.Name);
                },
            },
        };
        ModelCompiler.Compile(model.Model, options);
        Assert.Equal([Level.Onnx, Level.Core, Level.Train, Level.Staged, Level.Comm], levels.Order());
    }

    private static void AssertSurvives(Module module, string pass)
    {
        string text = Printer.Print(module);
        var parsed = Parser.Parse(text, TensorSource.Of(module));
        string again = Printer.Print(parsed);
        if (again != text)
        {
            var (a, b) = text.Split('\n').Zip(again.Split('\n')).First(l => l.First != l.Second);
            Assert.Fail($"after {pass}: '{a}' came back as '{b}'");
        }

        Assert.Equal(module.Graph.Ops.Length, parsed.Graph.Ops.Length);
        Assert.Equal(module.Parameters.Select(p => p.Hash), parsed.Parameters.Select(p => p.Data?.Hash));
    }

    private static byte[] Zip(StageBundle bundle)
    {
        using var stream = new MemoryStream();
        BundleWriter.WriteZip(bundle, stream);
        return stream.ToArray();
    }
}
