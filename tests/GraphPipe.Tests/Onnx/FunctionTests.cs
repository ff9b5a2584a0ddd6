using GraphPipe.Bundle;
using GraphPipe.Onnx.Proto;
using Xunit;
using static GraphPipe.Tests.Onnx.Models;
using Kind = GraphPipe.Onnx.Proto.AttributeProto.Types.AttributeType;

namespace GraphPipe.Tests.Onnx;

public sealed class FunctionTests
{
    [Fact]
    public void Functions_are_inlined_with_their_attributes()
    {
        var leaky = Function("Leaky", ["a"], ["r"], Node("LeakyRelu", ["a"], ["t"], Reference("alpha", "slope", Kind.Float)), Node("Softmax", ["t"], ["r"], Reference("axis", "dim", Kind.Int)));
        leaky.Attribute.Add("slope");
        leaky.AttributeProto.Add(Int("dim", -1));
        var twice = Function("Twice", ["a"], ["r"], Node("Leaky", ["m"], ["r"], Reference("slope", "k", Kind.Float)).In("f"), Node("Leaky", ["a"], ["m"], Int("dim", 1)).In("f"));
        var model = Of(Node("Twice", ["x"], ["h"], new AttributeProto { Name = "k", Type = Kind.Float, F = 0.5f }).In("f").Named("first"), Node("Relu", ["h"], ["y"]));
        model.Functions.Add([leaky, twice]);
        var module = model.Import();
        Assert.Equal(["LeakyRelu", "Softmax", "LeakyRelu", "Softmax", "Relu"], module.Graph.Ops.Select(o => o.Name.Type));
        Assert.Equal([1, -1], new[] { 1, 3 }.Select(i => (int)module.Graph.Ops[i].Attributes.Int("axis", 99)));
        Assert.False(module.Graph.Ops[0].Attributes.Has("alpha"));
        Assert.Equal(0.5f, module.Graph.Ops[2].Attributes.Float("alpha", 0));
        Assert.Equal("first/m/t", module.Graph.Ops[0].Location.Nodes[0]);
        Assert.Equal("h", module[module.Graph.Ops[3].Result].Name);
    }

    [Fact]
    public void The_overload_chooses_the_function()
    {
        var one = Function("F", ["a"], ["r"], Node("Relu", ["a"], ["r"]));
        var two = Function("F", ["a"], ["r"], Node("Abs", ["a"], ["r"]));
        two.Overload = "2";
        var model = Of(Node("F", ["x"], ["y"]).In("f", "2"));
        model.Functions.Add([one, two]);
        Assert.Equal("Abs", Assert.Single(model.Import().Graph.Ops).Name.Type);
    }

    [Fact]
    public void Outputs_that_are_inputs_are_copied()
    {
        var pass = Function("Pass", ["a", "b"], ["a", "r", "r"], Node("Relu", ["a"], ["r"]));
        var model = Of(Node("Pass", ["x"], ["p", "q", "s"]).In("f"), Node("Sum", ["p", "q", "s"], ["y"]));
        model.Functions.Add(pass);
        Assert.Equal(["Relu", "Identity", "Identity", "Sum"], model.Import().Graph.Ops.Select(o => o.Name.Type));
    }

    [Fact]
    public void A_graph_given_to_a_function_sees_the_names_around_the_call()
    {
        var body = new GraphProto { Output = { Value("r", "batch", 4) }, Node = { Node("Relu", ["x"], ["r"]) } };
        var select = Function("Select", ["c"], ["o"], Node("If", ["c"], ["o"], Reference("then_branch", "body", Kind.Graph), Reference("else_branch", "body", Kind.Graph)));
        var model = Of(Node("Select", ["p"], ["y"], Graph("body", body)).In("f"));
        model.Graph.Initializer.Add(new TensorProto { Name = "p", DataType = 9, Int32Data = { 1 } });
        model.Functions.Add(select);
        var module = model.Import();
        Assert.All(module.Graph.Ops[0].Regions, r => Assert.Equal(module.Graph.Inputs[0], r.Ops[0].Operands[0]));
    }

    [Fact]
    public void Functions_that_call_themselves_are_refused()
    {
        var model = Of(Node("F", ["x"], ["y"]).In("f"));
        model.Functions.Add(Function("F", ["a"], ["r"], Node("G", ["a"], ["r"]).In("f")));
        model.Functions.Add(Function("G", ["a"], ["r"], Node("F", ["a"], ["r"]).In("f")));
        Assert.Contains("calls itself", Assert.Single(model.Refused(Codes.FunctionMalformed)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Functions_that_explode_are_refused()
    {
        var model = Of(Node("F0", ["x"], ["y"]).In("f"));
        for (int i = 0; i < 40; i++)
            model.Functions.Add(Function($"F{i}", ["a"], ["r"], Node($"F{i + 1}", ["a"], ["m"]).In("f"), Node($"F{i + 1}", ["m"], ["r"]).In("f")));
        model.Functions.Add(Function("F40", ["a"], ["r"], Node("Relu", ["a"], ["r"])));
        model.Refused(Codes.FunctionMalformed);
    }

    [Fact]
    public void Functions_that_are_nested_too_deep_are_refused()
    {
        var model = Of(Node("F50", ["x"], ["h"]).In("f"), Node("F0", ["h"], ["y"]).In("f"));
        for (int i = 0; i < 100; i++)
            model.Functions.Add(Function($"F{i}", ["a"], ["r"], Node($"F{i + 1}", ["a"], ["r"]).In("f")));
        model.Functions.Add(Function("F100", ["a"], ["r"], Node("Relu", ["a"], ["r"])));
        model.Refused(Codes.FunctionMalformed);
    }

    [Fact]
    public void Graphs_that_explode_through_functions_are_refused()
    {
        var leaf = new GraphProto { Output = { Value("r", "batch", 4) }, Node = { Node("Relu", ["x"], ["r"]) } };
        var model = Of(Node("F0", ["x"], ["y"], Graph("body", leaf)).In("f"));
        for (int i = 0; i < 60; i++)
        {
            var branch = Node("If", ["c"], ["o"], Reference("then_branch", "body", Kind.Graph), Reference("else_branch", "body", Kind.Graph));
            var twice = new GraphProto { Output = { Value("o", "batch", 4) }, Node = { branch } };
            model.Functions.Add(Function($"F{i}", ["c"], ["r"], Node($"F{i + 1}", ["c"], ["r"], Graph("body", twice)).In("f")));
        }

        model.Functions.Add(Function("F60", ["c"], ["r"], Node("If", ["c"], ["r"], Reference("then_branch", "body", Kind.Graph), Reference("else_branch", "body", Kind.Graph))));
        model.Refused(Codes.FunctionMalformed);
    }

    [Fact]
    public void Calls_that_do_not_fit_are_refused()
    {
        var function = Function("F", ["a"], ["r"], Node("Relu", ["a"], ["other"]));
        foreach (var call in new[] { Node("F", ["x", "x"], ["y"]), Node("F", ["x"], ["y", "z"]), Node("F", ["x"], ["y"]), Node("F", ["x"], ["y"]).In("f", "missing") })
        {
            var model = Of(call.In("f", call.Overload));
            model.Functions.Add(function);
            model.Refused(Codes.FunctionMalformed);
        }
    }

    private static FunctionProto Function(string name, string[] inputs, string[] outputs, params NodeProto[] nodes)
    {
        var function = new FunctionProto { Name = name, Domain = "f" };
        function.Input.AddRange(inputs);
        function.Output.AddRange(outputs);
        function.Node.AddRange(nodes);
        function.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        return function;
    }
}
