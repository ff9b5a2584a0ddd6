using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Google.Protobuf;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx;
using GraphPipe.Onnx.Proto;
using Xunit;
using Kind = GraphPipe.Onnx.Proto.AttributeProto.Types.AttributeType;

namespace GraphPipe.Tests.Onnx;

/// <summary>Small models, right and wrong, built from the protobuf types.</summary>
internal static class Models
{
    /// <summary>x : f32[batch,4] → y, with the given nodes.</summary>
    public static ModelProto Of(params NodeProto[] nodes)
    {
        var model = new ModelProto { IrVersion = 8, Graph = new GraphProto { Name = "g" } };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        model.Graph.Node.AddRange(nodes);
        model.Graph.Input.Add(Value("x", "batch", 4));
        model.Graph.Output.Add(Value("y", "batch", 4));
        return model;
    }

    public static NodeProto Node(string type, string[] inputs, string[] outputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = type };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        node.Attribute.AddRange(attributes);
        return node;
    }

    public static NodeProto Named(this NodeProto node, string name)
    {
        node.Name = name;
        return node;
    }

    public static NodeProto In(this NodeProto node, string domain, string overload = "")
    {
        node.Domain = domain;
        if (overload.Length > 0)
            node.Overload = overload;
        return node;
    }

    /// <summary>A value; dimensions are numbers, names, or null for an open one.</summary>
    public static ValueInfoProto Value(string name, params object?[] dims)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = 1, Shape = new TensorShapeProto() };
        foreach (object? dim in dims)
        {
            var d = new TensorShapeProto.Types.Dimension();
            if (dim is int number)
                d.DimValue = number;
            else if (dim is string symbol)
                d.DimParam = symbol;
            tensor.Shape.Dim.Add(d);
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    public static TensorProto Floats(string name, params float[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = 1, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())) };
        tensor.Dims.Add(values.Length);
        return tensor;
    }

    /// <summary>An f32[4] initializer in a file.</summary>
    public static TensorProto External(string name, string location, string offset = "0", string length = "16")
    {
        var tensor = new TensorProto { Name = name, DataType = 1, DataLocation = TensorProto.Types.DataLocation.External };
        tensor.Dims.Add(4);
        foreach (var (key, value) in new[] { ("location", location), ("offset", offset), ("length", length) })
            tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
        return tensor;
    }

    public static AttributeProto Int(string name, long value) => new() { Name = name, Type = Kind.Int, I = value };

    public static AttributeProto Reference(string name, string to, Kind kind) => new() { Name = name, RefAttrName = to, Type = kind };

    public static AttributeProto Graph(string name, GraphProto graph) => new() { Name = name, Type = Kind.Graph, G = graph };

    public static OnnxModel Parse(this ModelProto model, string? folder = null) => OnnxModel.Parse(model.ToByteArray(), folder);

    /// <summary>Imports, and checks that export and a second import give the same module, as the text form does.</summary>
    public static Module Import(this ModelProto model, string? folder = null)
    {
        var module = model.Parse(folder).ToModule();
        var bag = new DiagnosticBag();
        Verifier.Verify(module, bag);
        Assert.Equal("", string.Join('\n', bag.All));
        string text = Printer.Print(module);
        string again = Printer.Print(OnnxModel.Parse(OnnxExport.Write(module)).ToModule());
        // Nodes of one origin get names of their own in a file.
        bool isNamed = module.Graph.Ops.SelectMany(op => op.Location.Nodes).CountBy(n => n).All(n => n.Value == 1);
        Assert.Equal(isNamed ? text : WithoutLocations(text), isNamed ? again : WithoutLocations(again));
        Assert.Equal(text, Printer.Print(Parser.Parse(text, TensorSource.Of(module))));
        return module;
    }

    private static string WithoutLocations(string text) => Regex.Replace(text, " loc\\(\"[^\"]*\"\\)", "");

    /// <summary>The diagnostics of a model that can't be imported.</summary>
    public static IReadOnlyList<Diagnostic> Refused(this ModelProto model, string code, string? folder = null)
    {
        var error = Assert.Throws<DiagnosticException>(() => model.Parse(folder).ToModule());
        Assert.All(error.Diagnostics, d => Assert.Equal(code, d.Code));
        return error.Diagnostics;
    }
}
