using GraphPipe.Bundle;
using GraphPipe.Compiler;
using GraphPipe.Core;
using GraphPipe.Onnx;
using GraphPipe.Planning;
using Xunit;

namespace GraphPipe.Tests.Models;

/// <summary>What holds for the module of every model.</summary>
public sealed class ModelModuleTests
{
    public static TheoryData<string, string> All => ModelCases.All;

    [Theory]
    [MemberData(nameof(All))]
    public void It_verifies(string name, string settings)
    {
        var bag = new DiagnosticBag();
        Verifier.Verify(ModelCases.Build(name, settings).Module, bag);
        Assert.Empty(bag.All);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Its_text_reads_back(string name, string settings)
    {
        var module = ModelCases.Build(name, settings).Module;
        string text = Printer.Print(module);
        var back = Parser.Parse(text, TensorSource.Of(module));
        Assert.Equal(text, Printer.Print(back));
        Assert.Equal(OnnxExport.Write(module), OnnxExport.Write(back));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Its_file_reads_back(string name, string settings)
    {
        var module = ModelCases.Build(name, settings).Module;
        byte[] file = OnnxExport.Write(module);
        var back = OnnxModel.Parse(file).ToModule();
        Assert.Equal(Printer.Print(module), Printer.Print(back));
        Assert.Equal(file, OnnxExport.Write(back));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void It_can_be_trained_in_micro_batches(string name, string settings)
    {
        var model = ModelCases.Build(name, settings);
        var options = new CompileOptions
        {
            Loss = model.Loss,
            Freeze = model.Frozen,
            MiniBatch = 8,
            MicroBatch = MicroBatchChoice.Size(2),
            Passes = new PassOptions { VerifyEach = true },
        };
        var compiler = new ModelCompiler(model.ToOnnx(), options);
        var graph = compiler.ToGraph();
        Assert.Empty(compiler.Diagnostics);
        int trained = model.Module.Parameters.Count(p => model.Frozen.IsEmpty || !model.Module[p.Value].Name.StartsWith("vision.", StringComparison.Ordinal));
        Assert.Equal(trained, graph.Graph.Ops.Count(op => op.Phase == Phase.Update && op.Name == OperatorName.Train("Sgd")));
    }
}
