using CsCheck;
using Google.Protobuf;
using GraphPipe.Bundle;
using GraphPipe.Onnx;
using GraphPipe.Onnx.Proto;
using Xunit;
using static GraphPipe.Tests.Onnx.Models;

namespace GraphPipe.Tests.Onnx;

/// <summary>Every wrong file ends in diagnostics with codes of their own, never in another exception.</summary>
public sealed class MalformedModelTests
{
    [Fact]
    public void Files_that_are_no_models()
    {
        Assert.Equal(Codes.ModelNotFound, CodeOf(() => OnnxModel.Load("/nowhere/model.onnx")));
        Assert.Equal(Codes.ModelNotFound, CodeOf(() => OnnxModel.Load(Path.GetTempPath())));
        Assert.Equal(Codes.ModelNotFound, CodeOf(() => OnnxModel.Load("a\0b")));
        Assert.Equal(Codes.ModelEmpty, CodeOf(() => OnnxModel.Parse(default)));
        Assert.Equal(Codes.ModelUnreadable, CodeOf(() => OnnxModel.Parse("version https://git-lfs.github.com/spec/v1\n"u8.ToArray())));
        Assert.Equal(Codes.ModelUnreadable, CodeOf(() => OnnxModel.Parse("<!DOCTYPE html>"u8.ToArray())));
        Assert.Equal(Codes.ModelUnreadable, CodeOf(() => OnnxModel.Parse(new ModelProto { IrVersion = 8 }.ToByteArray())));
    }

    [Theory]
    [InlineData(12)]
    [InlineData(1)]
    [InlineData(-5)]
    [InlineData(27)]
    public void Opsets_out_of_range(long version)
    {
        var model = Of(Node("Relu", ["x"], ["y"]));
        model.OpsetImport[0].Version = version;
        Assert.NotEmpty(Assert.Single(model.Refused(Codes.OpsetUnsupported)).Advice);
    }

    [Fact]
    public void No_opset_at_all()
    {
        var model = Of(Node("Relu", ["x"], ["y"]));
        model.OpsetImport.Clear();
        model.Refused(Codes.OpsetUnsupported);
    }

    [Fact]
    public void Cycles_name_their_nodes()
    {
        var all = Of(Node("Add", ["x", "c"], ["a"]).Named("first"), Node("Relu", ["a"], ["b"]), Node("Neg", ["b"], ["c"]).Named("third"), Node("Abs", ["c"], ["y"])).Refused(Codes.GraphCycle);
        Assert.Contains("\"first\" → \"b\" → \"third\"", Assert.Single(all).Message, StringComparison.Ordinal);
        Of(Node("Add", ["x", "y"], ["y"])).Refused(Codes.GraphCycle);
    }

    [Fact]
    public void Dangling_inputs_are_reported_together()
    {
        Assert.Equal(2, Of(Node("Add", ["x", "p"], ["a"]), Node("Add", ["a", "q"], ["y"])).Refused(Codes.DanglingInput).Count);
        Assert.Contains("'y'", Assert.Single(Of(Node("Relu", ["x"], ["z"])).Refused(Codes.DanglingInput)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_defined_twice_are_reported_together()
    {
        var model = Of(Node("Relu", ["x"], ["y"]), Node("Abs", ["x"], ["y"]), Node("Abs", ["x"], ["x"]));
        model.Graph.Initializer.Add([Floats("w", 1), Floats("w", 2)]);
        Assert.Equal(3, model.Refused(Codes.DuplicateName).Count);
    }

    [Fact]
    public void Initializers_that_do_not_fit()
    {
        void Refused(Action<TensorProto> spoil)
        {
            var model = Of(Node("Add", ["x", "w"], ["y"]));
            var tensor = Floats("w", 1, 2, 3, 4);
            spoil(tensor);
            model.Graph.Initializer.Add(tensor);
            model.Refused(Codes.TensorMalformed);
        }

        Refused(t => t.Dims[0] = 5);
        Refused(t => t.Dims[0] = -1);
        Refused(t => t.Dims.Add([long.MaxValue, long.MaxValue, 0]));
        Refused(t => t.Dims.Add(1L << 40));
        Refused(t => t.DataType = 99);
        Refused(t => t.DataType = 0);
        Refused(t => t.DataType = 8);
        Refused(t => t.ClearRawData());
        Refused(t => t.Segment = new() { Begin = 0, End = 4 });
        Refused(t =>
        {
            t.ClearRawData();
            t.FloatData.Add([1, 2, 3]);
        });
    }

    [Fact]
    public void Attributes_that_do_not_fit()
    {
        Of(Node("Softmax", ["x"], ["y"], Int("axis", 1), Int("axis", 0))).Refused(Codes.AttributeMalformed);
        Of(Node("Softmax", ["x"], ["y"], new AttributeProto { Type = AttributeProto.Types.AttributeType.Int })).Refused(Codes.AttributeMalformed);
        Of(Node("Softmax", ["x"], ["y"], new AttributeProto { Name = "axis" })).Refused(Codes.AttributeMalformed);
        Of(Node("Softmax", ["x"], ["y"], Reference("axis", "dim", AttributeProto.Types.AttributeType.Int))).Refused(Codes.AttributeMalformed);
        Of(Node("If", ["x"], ["y"], new AttributeProto { Name = "then_branch", Type = AttributeProto.Types.AttributeType.Graph })).Refused(Codes.AttributeMalformed);
    }

    [Fact]
    public void Types_that_do_not_fit()
    {
        var model = Of(Node("Add", ["x", "w"], ["y"]));
        model.Graph.Initializer.Add(Floats("w", 1, 2, 3, 4));
        var listed = Value("w", 4);
        listed.Type.TensorType.ElemType = 7;
        model.Graph.Input.Add(listed);
        model.Refused(Codes.TypeMismatch);
        listed.Type.TensorType.ElemType = 1234;
        model.Refused(Codes.TypeMismatch);
    }

    [Fact]
    public void Damaged_files_give_diagnostics_or_modules()
    {
        byte[] bytes = Rich().ToByteArray();
        for (int length = 1; length < bytes.Length; length++)
            ImportOrDiagnose(bytes[..length]);
        Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte, Gen.Int[0, bytes.Length - 1], Gen.Byte).Sample(
            (i, a, j, b) =>
            {
                byte[] damaged = [.. bytes];
                damaged[i] ^= a;
                damaged[j] ^= b;
                ImportOrDiagnose(damaged);
            },
            iter: 4_000);
        Gen.Byte.Array[1, 300].Sample(ImportOrDiagnose, iter: 2_000);
    }

    private static ModelProto Rich()
    {
        var body = new GraphProto { Name = "b", Output = { Value("r", "batch", 4) }, Initializer = { Floats("c", 1, 2, 3, 4) }, Node = { Node("Add", ["h", "c"], ["r"]) } };
        var model = Of(
            Node("F", ["x"], ["h"], Int("axis", 1)).In("f"),
            Node("If", ["p"], ["i"], Graph("then_branch", body), Graph("else_branch", body)),
            Node("Foo", ["i", "", "w"], ["z"], new AttributeProto { Name = "t", Type = AttributeProto.Types.AttributeType.Tensor, T = Floats("", 1, 2) }).In("d"),
            Node("Relu", ["z"], ["y"]));
        model.Graph.Initializer.Add([Floats("w", 1, 2, 3, 4), new TensorProto { Name = "p", DataType = 9, Int32Data = { 1 } }, External("e", "weights.bin")]);
        model.Graph.Initializer.RemoveAt(2);
        model.Graph.SparseInitializer.Add(new SparseTensorProto { Values = Floats("s", 5f), Indices = new TensorProto { DataType = 7, Dims = { 1 }, Int64Data = { 2 } }, Dims = { 4 } });
        var function = new FunctionProto { Name = "F", Domain = "f", Input = { "a" }, Output = { "r" }, Attribute = { "axis" } };
        function.Node.Add(Node("Softmax", ["a"], ["r"], Reference("axis", "axis", AttributeProto.Types.AttributeType.Int)));
        model.Functions.Add(function);
        return model;
    }

    private static void ImportOrDiagnose(byte[] bytes)
    {
        try
        {
            var module = OnnxModel.Parse(bytes).ToModule();
            OnnxExport.Write(module);
            OnnxModel.Parse(bytes).Skeleton(1);
        }
        catch (DiagnosticException e)
        {
            Assert.All(e.Diagnostics, d => Assert.StartsWith("GP1", d.Code, StringComparison.Ordinal));
        }
    }

    private static string CodeOf(Action action) => Assert.Single(Assert.Throws<DiagnosticException>(action).Diagnostics).Code;
}
