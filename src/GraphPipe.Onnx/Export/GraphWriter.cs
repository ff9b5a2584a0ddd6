using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx.Proto;
using Kind = GraphPipe.Onnx.Proto.AttributeProto.Types.AttributeType;

namespace GraphPipe.Onnx;

/// <summary>Regions to graphs.</summary>
internal sealed class GraphWriter(Module module, DiagnosticBag bag)
{
    private readonly HashSet<ValueId> _parameters = [.. module.Parameters.Select(p => p.Value)];

    public GraphProto Main()
    {
        var graph = new GraphProto { Name = module.Name };
        Fill(graph, module.Graph, nested: false);
        foreach (var parameter in module.Parameters)
        {
            string name = module[parameter.Value].Name;
            if (parameter.Data is { } data)
                graph.Initializer.Add(TensorWriter.Write(data, name));
            else
                bag.Add(Diagnostic.Error(Codes.ExportImpossible, "the elements of a parameter are not known", $"parameter \"{name}\"", "read the IR text together with its side file"));
        }

        return graph;
    }

    private void Fill(GraphProto graph, Region region, bool nested)
    {
        foreach (var input in region.Inputs)
            graph.Input.Add(TypeWriter.Write(module[input]));
        var own = new HashSet<ValueId>(region.Inputs);
        var names = new NodeNames(region);
        foreach (var op in region.Ops)
        {
            graph.Node.Add(Node(op, names));
            own.UnionWith(op.Results);
        }

        var listed = new HashSet<ValueId>(region.Inputs.Concat(region.Outputs));
        foreach (var result in region.Ops.SelectMany(op => op.Results))
        {
            if (!result.IsNone && module[result].Type is not null && listed.Add(result))
                graph.ValueInfo.Add(TypeWriter.Write(module[result]));
        }

        foreach (var output in region.Outputs)
        {
            var info = TypeWriter.Write(module[output]);
            graph.Output.Add(info);
            // A nested graph may read values from outside but must make its outputs itself.
            if (nested && !own.Contains(output))
            {
                string inner = info.Name;
                info.Name = inner + "_output";
                graph.Node.Add(new NodeProto { OpType = "Identity", Input = { inner }, Output = { info.Name } });
            }
        }
    }

    private NodeProto Node(Op op, NodeNames names)
    {
        var node = new NodeProto { OpType = op.Name.Type };
        if (op.Name.Domain.Length > 0)
            node.Domain = op.Name.Domain;
        if (op.Location.Nodes.Length > 0)
            node.Name = names.Next(op.Location.Nodes[0]);
        if (op.Name.IsOurs && !module.Opsets.ContainsKey(op.Name.Domain))
            bag.Add(Diagnostic.Error(Codes.ExportImpossible, $"operator {op.Name} has no ONNX form", op.Location.ToString(), "export the forward part of the model only"));
        node.Input.AddRange(op.Operands.Select(Name));
        node.Output.AddRange(op.Results.Select(Name));
        foreach (var (name, value) in op.Attributes.Pairs)
            node.Attribute.Add(AttributeWriter.Write(name, TypeCodes.ToOnnx(op.Name, name, value)));
        foreach (var region in op.Regions)
            AddRegion(node, region);
        return node;
    }

    private void AddRegion(NodeProto node, Region region)
    {
        var (name, list) = RegionNames.Parse(region.Name);
        var graph = new GraphProto { Name = region.Name };
        Fill(graph, region, nested: true);
        var attribute = node.Attribute.FirstOrDefault(a => a.Name == name);
        if (attribute is null)
            node.Attribute.Add(attribute = new AttributeProto { Name = name, Type = list ? Kind.Graphs : Kind.Graph });
        if (list)
            attribute.Graphs.Add(graph);
        else
            attribute.G = graph;
    }

    private string Name(ValueId id) => id.IsNone ? "" : module[id].Name;

    /// <summary>Lists the initializers as inputs too, as IR versions below 4 demand.</summary>
    public void AddParametersToInputs(GraphProto graph)
    {
        foreach (var id in _parameters.Order())
            graph.Input.Add(TypeWriter.Write(module[id]));
    }
}
