using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx.Proto;

namespace GraphPipe.Onnx;

/// <summary>Makes a module of a whole model: opsets, metadata, and the main graph by <see cref="GraphReader"/>.</summary>
internal static class ModelReader
{
    public static Module Read(ModelProto model, string? folder)
    {
        var bag = new DiagnosticBag();
        var functions = new FunctionTable(model.Functions, bag);
        var module = new Module
        {
            Name = model.Graph.Name,
            Level = Level.Onnx,
            Opsets = Opsets(model, bag),
            Metadata = ModelMetadata.Read(model),
        };

        // An unknown opset means unknown meanings: whatever else is wrong would be guesswork.
        bag.ThrowIfErrors();
        long nodes = new FunctionExpansion(functions).Check(model.Graph);
        var builder = new ModuleBuilder(module);
        var context = new ImportContext(builder, functions, folder, nodes, bag);
        ReserveSymbols(model.Graph, context.Types);
        var graph = new GraphReader(context).ReadMain(model.Graph);
        bag.ThrowIfErrors();
        return builder.Build(graph, Level.Onnx);
    }

    private static ImmutableSortedDictionary<string, long> Opsets(ModelProto model, DiagnosticBag bag)
    {
        var opsets = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.Ordinal);
        foreach (var import in model.OpsetImport)
        {
            string domain = OpsetRange.Domain(import.Domain);
            opsets[domain] = Math.Max(import.Version, opsets.GetValueOrDefault(domain, long.MinValue));
        }

        // ONNX demands that a function means the same with the model's version of a domain as with its own.
        foreach (var import in model.Functions.SelectMany(f => f.OpsetImport))
            opsets.TryAdd(OpsetRange.Domain(import.Domain), import.Version);
        if (opsets.TryGetValue("", out long version))
            OpsetRange.Check(version, "", bag);
        else if (opsets.Count == 0)
            bag.Add(Diagnostic.Error(Codes.OpsetUnsupported, "the model imports no operator set", "", string.Create(CultureInfo.InvariantCulture, $"export the model with opset {OpsetRange.Oldest} or later")));
        return opsets.ToImmutable();
    }

    private static void ReserveSymbols(GraphProto graph, TypeReader types)
    {
        foreach (var info in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo))
            types.Reserve(info.Type);
        foreach (var inner in graph.Node.SelectMany(NodeOrder.GraphsOf))
            ReserveSymbols(inner, types);
    }
}
