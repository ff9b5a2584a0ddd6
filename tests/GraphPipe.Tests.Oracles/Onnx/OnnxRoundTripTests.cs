using System.Text;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx;
using GraphPipe.Onnx.Proto;
using Xunit;

namespace GraphPipe.Tests.Oracles.Onnx;

/// <summary>Import and export keep the meaning of a model: the same IR text and, in ONNX Runtime, the same bits.</summary>
public sealed class OnnxRoundTripTests
{
    public static TheoryData<string> Folders => ["torch-reference", "random-models"];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Reference_models_survive_import_and_export(string folder)
    {
        foreach (string file in Directory.GetFiles(Data.Folder(folder), "model.onnx", SearchOption.AllDirectories).Order())
        {
            byte[] original = File.ReadAllBytes(file);
            byte[] exported = RoundTrip(file);
            var inputs = OrtRunner.SyntheticInputs(original);
            AssertSame(OrtRunner.Run(original, inputs), OrtRunner.Run(exported, inputs), file);
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Weights_of_a_skeleton_are_put_back(string folder)
    {
        foreach (string file in Directory.GetFiles(Data.Folder(folder), "model.onnx", SearchOption.AllDirectories).Order())
        {
            byte[] original = File.ReadAllBytes(file);
            var model = OnnxModel.Load(file);
            var module = model.ToModule();
            byte[] trained = TrainedExport.Write(model.Skeleton(), module.Parameters.ToDictionary(p => module[p.Value].Name, p => p.Data!));
            var inputs = OrtRunner.SyntheticInputs(original);
            AssertSame(OrtRunner.Run(original, inputs), OrtRunner.Run(trained, inputs), file);
        }
    }

    [Fact]
    public void Node_tests_survive_import_and_export()
    {
        var failures = new StringBuilder();
        int compared = 0, imported = 0;
        foreach (string folder in Directory.GetDirectories(Data.Folder("onnx-node-tests")).Order(StringComparer.Ordinal))
        {
            string file = Path.Combine(folder, "model.onnx");
            try
            {
                byte[] exported = RoundTrip(file);
                imported++;
                var inputs = Inputs(folder, file);
                if (inputs is null)
                    continue;
                List<TensorData> expected;
                try
                {
                    expected = OrtRunner.Run(File.ReadAllBytes(file), inputs);
                }
                catch (Exception e) when (e is Microsoft.ML.OnnxRuntime.OnnxRuntimeException or NotSupportedException)
                {
                    // ONNX Runtime lacks the operator.
                    continue;
                }

                AssertSame(expected, OrtRunner.Run(exported, inputs), folder);
                compared++;
            }
            catch (DiagnosticException e) when (e.Diagnostics.All(d => d.Code == Codes.OpsetUnsupported))
            {
            }
            catch (Exception e)
            {
                failures.Append(Path.GetFileName(folder)).Append(": ").AppendLine(e.Message);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{imported} imported, {compared} compared");
        Assert.Equal("", failures.ToString());
        Assert.True(imported > 790, $"only {imported} models could be imported");
        Assert.True(compared > 670, $"only {compared} models could be compared");
    }

    [Theory]
    [InlineData("gradient-cases", 509)]
    [InlineData("onnx-light-models", 0)]
    public void Models_are_imported_or_refused_for_their_opset(string folder, int atLeast)
    {
        var refused = new SortedDictionary<string, int>();
        int imported = 0;
        foreach (string file in Directory.GetFiles(Data.Folder(folder), "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            try
            {
                RoundTrip(file);
                imported++;
            }
            catch (DiagnosticException e)
            {
                string why = Assert.Single(e.Diagnostics).Message;
                Assert.Equal(Codes.OpsetUnsupported, e.Diagnostics[0].Code);
                refused[why] = refused.GetValueOrDefault(why) + 1;
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{imported} imported\n{string.Join('\n', refused)}");
        Assert.True(imported >= atLeast, $"only {imported} models could be imported");
    }

    private static byte[] RoundTrip(string file)
    {
        var module = OnnxModel.Load(file).ToModule();
        var bag = new DiagnosticBag();
        Verifier.Verify(module, bag);
        Assert.Equal("", string.Join('\n', bag.All));
        byte[] exported = OnnxExport.Write(module);
        string text = Printer.Print(module);
        Assert.Equal(text, Printer.Print(OnnxModel.Parse(exported).ToModule()));
        Assert.Equal(text, Printer.Print(Parser.Parse(text, TensorSource.Of(module))));
        return exported;
    }

    private static Dictionary<string, TensorData>? Inputs(string folder, string file)
    {
        var bag = new DiagnosticBag();
        var reader = new TensorReader(new ExternalData(null, bag), bag);
        var graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(file)).Graph;
        var inputs = new Dictionary<string, TensorData>();
        for (int i = 0; i < graph.Input.Count; i++)
        {
            string path = Path.Combine(folder, "test_data_set_0", $"input_{i}.pb");
            if (graph.Input[i].Type.TensorType is null || !File.Exists(path))
                return null;
            inputs[graph.Input[i].Name] = reader.Read(TensorProto.Parser.ParseFrom(File.ReadAllBytes(path)), path)!;
        }

        return inputs;
    }

    private static void AssertSame(List<TensorData> expected, List<TensorData> actual, string what)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
            Assert.True(expected[i].SameAs(actual[i]), $"{what}: output {i} is {actual[i]}, not {expected[i]}");
    }
}
