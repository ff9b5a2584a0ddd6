using Google.Protobuf;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx;
using GraphPipe.Onnx.Proto;
using Xunit;
using static GraphPipe.Tests.Onnx.Models;
using Kind = GraphPipe.Onnx.Proto.AttributeProto.Types.AttributeType;

namespace GraphPipe.Tests.Onnx;

public sealed class ImportTests
{
    [Fact]
    public void A_model_becomes_a_module_with_its_names()
    {
        var model = Of(Node("MatMul", ["x", "w"], ["h"]).Named("/proj"), Node("Add", ["h", "b"], ["y"]));
        model.Graph.Initializer.Add(Floats("b", 1, 2, 3, 4));
        var w = Floats("w", new float[16]);
        w.Dims.Clear();
        w.Dims.Add([4L, 4L]);
        model.Graph.Initializer.Add(w);
        model.Graph.ValueInfo.Add(Value("h", "batch", 4));
        model.ProducerName = "pytorch";
        model.MetadataProps.Add(new StringStringEntryProto { Key = "licence", Value = "MIT" });
        Assert.Equal(
            """
            module @g level(onnx) {
              opset "" 17
              meta "ir_version" "8"
              meta "producer_name" "pytorch"
              meta "prop.licence" "MIT"
              param @b : f32[4] #HASH = {1.0, 2.0, 3.0, 4.0}
              param @w : f32[4,4] #HASH
              graph(%x : f32[batch,4]) -> (%y) {
                %h = MatMul(%x, @w) : f32[batch,4] loc("/proj")
                %y = Add(%h, @b) : f32[batch,4] loc("y")
              }
            }

            """,
            System.Text.RegularExpressions.Regex.Replace(Printer.Print(model.Import()), "#[0-9a-f]{16}", "#HASH"));
    }

    [Fact]
    public void Inputs_that_are_initializers_are_parameters()
    {
        var model = Of(Node("Add", ["x", "b"], ["y"]));
        model.IrVersion = 3;
        model.Graph.Input.Insert(0, Value("b", 4));
        model.Graph.Initializer.Add(Floats("b", 1, 2, 3, 4));
        var module = model.Import();
        Assert.Equal("x", module[Assert.Single(module.Graph.Inputs)].Name);
        Assert.Equal(ParameterRole.Trained, Assert.Single(module.Parameters).Role);
    }

    [Fact]
    public void Whole_numbers_are_constants()
    {
        var model = Of(Node("Reshape", ["x", "s"], ["y"]));
        var shape = new TensorProto { Name = "s", DataType = 7, Dims = { 2 }, Int64Data = { -1, 4 } };
        model.Graph.Initializer.Add(shape);
        var parameter = Assert.Single(model.Import().Parameters);
        Assert.Equal(ParameterRole.Constant, parameter.Role);
        Assert.Equal([-1L, 4L], parameter.Data!.ToLongs());
    }

    [Theory]
    [InlineData("batch*12", "12*batch")]
    [InlineData("s0 + 1", "s0+1")]
    [InlineData("2*s0 - s1", "2*s0-s1")]
    [InlineData("seq-len", "\"seq-len\"")]
    [InlineData("floor(s0/2)", "\"floor(s0/2)\"")]
    [InlineData("12", "\"12\"")]
    [InlineData("max length", "\"max length\"")]
    public void Dimension_names_are_read_as_expressions_where_they_are(string name, string dim)
    {
        var model = Of(Node("Relu", ["x"], ["y"]));
        model.Graph.Input[0] = Value("x", name, 4);
        model.Graph.Output[0] = Value("y", name, 4);
        var module = model.Import();
        Assert.Equal(dim, module.TensorOf(module.Graph.Inputs[0]).KnownShape[0].ToString());
    }

    [Fact]
    public void Open_dimensions_get_symbols_of_their_own()
    {
        var model = Of(Node("Relu", ["x"], ["y"]));
        model.Graph.Input[0] = Value("x", null, "?1", null, -1);
        model.Graph.Output[0] = Value("y", "", 4);
        var module = model.Import();
        Assert.Equal("[?0,?1,?2,?3]", module.TensorOf(module.Graph.Inputs[0]).KnownShape.ToString());
        Assert.Equal("[?4,4]", module.TensorOf(module.Graph.Outputs[0]).KnownShape.ToString());
    }

    [Fact]
    public void Nodes_are_sorted_and_stay_where_they_are_otherwise()
    {
        var module = Of(Node("Relu", ["b"], ["y"]), Node("Abs", ["x"], ["unused"]), Node("Neg", ["a"], ["b"]), Node("Exp", ["x"], ["a"])).Import();
        Assert.Equal(["Abs", "Exp", "Neg", "Relu"], module.Graph.Ops.Select(o => o.Name.Type));
    }

    [Fact]
    public void Attributes_of_every_kind_survive()
    {
        var type = Value("t", "n", 3).Type;
        var sparse = new SparseTensorProto { Values = Floats("sv", 5f), Indices = new TensorProto { DataType = 7, Dims = { 1 }, Int64Data = { 2 } }, Dims = { 4 } };
        var node = Node(
            "Foo",
            ["x", ""],
            ["y", "", "z"],
            Int("i", 7),
            new AttributeProto { Name = "f", Type = Kind.Float, F = float.NaN },
            new AttributeProto { Name = "s", Type = Kind.String, S = ByteString.CopyFromUtf8("häß\n") },
            new AttributeProto { Name = "bytes", Type = Kind.String, S = ByteString.CopyFrom(0xff, 0xfe) },
            new AttributeProto { Name = "is", Type = Kind.Ints, Ints = { 1, -2 } },
            new AttributeProto { Name = "none", Type = Kind.Ints },
            new AttributeProto { Name = "fs", Type = Kind.Floats, Floats = { 0.1f, float.NegativeInfinity } },
            new AttributeProto { Name = "ss", Type = Kind.Strings, Strings = { ByteString.CopyFromUtf8("a"), ByteString.Empty } },
            new AttributeProto { Name = "t", Type = Kind.Tensor, T = Floats("", 1, 2) },
            new AttributeProto { Name = "ts", Type = Kind.Tensors, Tensors = { Floats("", 1), Floats("", 2, 3) } },
            new AttributeProto { Name = "sp", Type = Kind.SparseTensor, SparseTensor = sparse },
            new AttributeProto { Name = "sps", Type = Kind.SparseTensors, SparseTensors = { sparse } },
            new AttributeProto { Name = "tp", Type = Kind.TypeProto, Tp = new TypeProto { SequenceType = new() { ElemType = type } } },
            new AttributeProto { Name = "opaque", Type = Kind.TypeProto, Tp = new TypeProto { OpaqueType = new() { Name = "q" } } },
            new AttributeProto { Name = "tps", Type = Kind.TypeProtos, TypeProtos = { type } }).In("com.example");
        var model = Of(node);
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.example", Version = 3 });
        var module = model.Import();
        var op = Assert.Single(module.Graph.Ops);
        Assert.Equal("com.example::Foo", op.Name.ToString());
        Assert.Equal(15, op.Attributes.Count);
        Assert.IsType<IrAttribute.Opaque>(op.Attributes["bytes"]);
        Assert.Equal("häß\n", op.Attributes.Text("s", ""));
        Assert.True(op.Operands[1].IsNone && op.Results[1].IsNone);
        var again = OnnxExport.ToProto(module).Graph.Node[0].Attribute.ToDictionary(a => a.Name);
        Assert.All(node.Attribute.Where(a => a.Name is not "sp"), a => Assert.Equal(a.Type, again[a.Name].Type));
        Assert.Equal(node.Attribute[3], again["bytes"]);
    }

    [Fact]
    public void Nested_graphs_are_regions_and_equal_names_in_siblings_get_numbers()
    {
        GraphProto Branch(string op)
        {
            var branch = new GraphProto { Name = op, Output = { Value("r", "batch", 4) }, Initializer = { Floats("c", 1, 2, 3, 4) } };
            branch.Node.Add(Node(op, ["x", "c"], ["r"]));
            return branch;
        }

        var condition = new TensorProto { Name = "p", DataType = 9, Int32Data = { 1 } };
        var model = Of(Node("If", ["p"], ["y"], Graph("then_branch", Branch("Add")), Graph("else_branch", Branch("Sub"))), Node("Relu", ["y"], ["c"]));
        model.Graph.Initializer.Add(condition);
        model.Graph.Output.Add(Value("c", "batch", 4));
        var module = model.Import();
        var regions = module.Graph.Ops[0].Regions;
        Assert.Equal(["then_branch", "else_branch"], regions.Select(r => r.Name));
        Assert.Equal(["c_1", "r", "c_2", "r_1"], regions.SelectMany(r => r.Ops).Select(o => module[o.Result].Name));
        Assert.Equal("Constant", regions[0].Ops[0].Name.Type);
    }

    [Fact]
    public void Lists_of_graphs_are_numbered_regions()
    {
        var graph = new GraphProto { Output = { Value("r", 4) }, Node = { Node("Relu", ["x"], ["r"]) } };
        var module = Of(Node("Foo", ["x"], ["y"], new AttributeProto { Name = "bodies", Type = Kind.Graphs, Graphs = { graph, graph } }).In("d")).Import();
        Assert.Equal(["bodies.0", "bodies.1"], module.Graph.Ops[0].Regions.Select(r => r.Name));
    }

    [Fact]
    public void Sparse_initializers_are_constants()
    {
        var sparse = new SparseTensorProto { Values = Floats("b", 5f), Indices = new TensorProto { DataType = 7, Dims = { 1, 1 }, Int64Data = { 2 } }, Dims = { 4 } };
        var model = Of(Node("Add", ["x", "b"], ["y"]));
        model.Graph.SparseInitializer.Add(sparse);
        var module = model.Import();
        Assert.Equal(["Constant", "Add"], module.Graph.Ops.Select(o => o.Name.Type));
        Assert.IsType<IrAttribute.SparseTensor>(module.Graph.Ops[0].Attributes["sparse_value"]);
    }

    [Fact]
    public void Typed_data_of_every_width_is_read()
    {
        var model = Of(Node("Identity", ["x"], ["y"]));
        void Add(int type, long count, Action<TensorProto> fill)
        {
            var tensor = new TensorProto { Name = $"t{type}", DataType = type, Dims = { count } };
            fill(tensor);
            model.Graph.Initializer.Add(tensor);
        }

        Add(1, 2, t => t.FloatData.Add([1f, 2f]));
        Add(2, 2, t => t.Int32Data.Add([1, 255]));
        Add(3, 2, t => t.Int32Data.Add([1, -1]));
        Add(5, 2, t => t.Int32Data.Add([1, -2]));
        Add(8, 2, t => t.StringData.Add([ByteString.CopyFromUtf8("a"), ByteString.CopyFrom(0xff)]));
        Add(9, 2, t => t.Int32Data.Add([1, 0]));
        Add(10, 2, t => t.Int32Data.Add([0x3c00, 0x4000]));
        Add(11, 1, t => t.DoubleData.Add(1.5));
        Add(12, 1, t => t.Uint64Data.Add(uint.MaxValue));
        Add(13, 1, t => t.Uint64Data.Add(ulong.MaxValue));
        Add(14, 1, t => t.FloatData.Add([1f, 2f]));
        Add(15, 1, t => t.DoubleData.Add([1, 2]));
        Add(17, 1, t => t.Int32Data.Add(0x38));
        Add(21, 3, t => t.Int32Data.Add([0x21, 0x03]));
        Add(25, 5, t => t.Int32Data.Add([0xe4, 0x01]));
        var module = model.Import();
        var data = module.Parameters.ToDictionary(p => module[p.Value].Name, p => p.Data!);
        Assert.Equal([1, 255], data["t2"].ToLongs());
        Assert.Equal([1, -1], data["t3"].ToLongs());
        Assert.Equal([1, -2], data["t5"].ToLongs());
        Assert.Equal(2.0, data["t10"].DoubleAt(1));
        Assert.Equal(uint.MaxValue, data["t12"].LongAt(0));
        Assert.Equal([0x21, 0x03], data["t21"].Bytes.ToArray());
        Assert.Equal(DType.U2, data["t25"].Type);
    }
}
