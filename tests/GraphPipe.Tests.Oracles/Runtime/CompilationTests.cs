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

        // Equal text proves nothing about what was not printed.
        Assert.Equal(Described(module), Described(parsed));
    }

    // All of a module, with names and positions instead of numbers, which parsing gives anew.
    private static IEnumerable<string> Described(Module module)
    {
        string Name(ValueId id) => id.IsNone ? "_" : module[id].Name;
        string Value(ValueId id) => id.IsNone ? "_" : $"{module[id].Name} : {(module[id].Tensor is { } t ? $"{t.Type} {t.Shape} {t.Batch}" : module[id].Type)}";
        yield return $"{module.Name} {module.Level} {module.Mesh}";
        foreach (var (domain, version) in module.Opsets)
            yield return $"opset '{domain}' {version}";
        foreach (var (key, value) in module.Metadata)
            yield return $"{key} = {value}";
        foreach (var parameter in module.Parameters)
            yield return $"{parameter.Role} {Value(parameter.Value)} {parameter.Hash} {parameter.Data?.Hash}";
        foreach (var variable in module.Variables)
            yield return $"{variable.Kind} {Value(variable.Value)} of {Name(variable.Of)} '{variable.StateName}'";
        foreach (var feed in module.Feeds)
            yield return $"{feed.Kind} {Value(feed.Value)}";
        if (module.Loss is { } loss)
            yield return $"loss {Name(loss.Value)} {loss.Settings}";
        foreach (var channel in module.Channels)
            yield return channel.ToString();
        var regions = module.Stages.SelectMany(s => s.Functions).Select(f => f.Body).Append(module.Graph).ToList();
        var places = regions.SelectMany(r => r.AllOps()).Select((op, i) => (op.Id, i)).ToDictionary(p => p.Id, p => p.i);
        foreach (var stage in module.Stages)
            yield return $"{stage.Id} {stage.Name} {stage.Device} {stage.MicroBatch} {stage.InFlight} {string.Join(',', stage.Functions.Select(f => f.Kind))}";
        foreach (var region in regions)
        {
            yield return $"{region.Name}({string.Join(", ", region.Inputs.Select(Value))}) -> {string.Join(", ", region.Outputs.Select(Name))}";
            foreach (var op in region.AllOps())
            {
                string attributes = string.Join(", ", op.Attributes.Pairs.Select(p => $"{p.Key} = {Text(p.Value)}"));
                yield return $"{string.Join(", ", op.Results.Select(Value))} = {op.Name}({string.Join(", ", op.Operands.Select(Name))}) {{{attributes}}} {op.Phase} {places.GetValueOrDefault(op.Origin, -1)} {op.Stage} {string.Join('|', op.Location.Nodes)}";
            }
        }
    }

    private static string Text(AttributeValue value) => value switch
    {
        AttributeValue.Ints ints => $"[{string.Join(',', ints.Values)}]",
        AttributeValue.Floats floats => $"[{string.Join(',', floats.Values)}]",
        AttributeValue.Texts texts => $"[{string.Join(',', texts.Values)}]",
        IrAttribute.Tensor tensor => tensor.Value.Hash,
        _ => value.ToString()!,
    };

    private static byte[] Zip(StageBundle bundle)
    {
        using var stream = new MemoryStream();
        BundleWriter.WriteZip(bundle, stream);
        return stream.ToArray();
    }
}
