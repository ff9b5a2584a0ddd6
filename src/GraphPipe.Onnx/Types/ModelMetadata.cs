using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Core;
using GraphPipe.Onnx.Proto;

namespace GraphPipe.Onnx;

/// <summary>
/// What a file says about itself, as <see cref="Module.Metadata"/>: <c>ir_version</c>, <c>producer_name</c>, <c>producer_version</c>,
/// <c>domain</c>, <c>model_version</c>, <c>doc_string</c>, <c>graph.doc_string</c>, and the properties as <c>prop.KEY</c> and
/// <c>graph.prop.KEY</c>.
/// </summary>
internal static class ModelMetadata
{
    private const string Property = "prop.";
    private const string GraphProperty = "graph.prop.";

    public static ImmutableSortedDictionary<string, string> Read(ModelProto model)
    {
        var metadata = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        void Set(bool present, string key, string value)
        {
            if (present)
                metadata[key] = value;
        }

        Set(model.HasIrVersion, "ir_version", model.IrVersion.ToString(CultureInfo.InvariantCulture));
        Set(model.HasProducerName, "producer_name", model.ProducerName);
        Set(model.HasProducerVersion, "producer_version", model.ProducerVersion);
        Set(model.HasDomain, "domain", model.Domain);
        Set(model.HasModelVersion, "model_version", model.ModelVersion.ToString(CultureInfo.InvariantCulture));
        Set(model.HasDocString, "doc_string", model.DocString);
        Set(model.Graph.HasDocString, "graph.doc_string", model.Graph.DocString);
        foreach (var entry in model.MetadataProps)
            metadata[Property + entry.Key] = entry.Value;
        foreach (var entry in model.Graph.MetadataProps)
            metadata[GraphProperty + entry.Key] = entry.Value;
        return metadata.ToImmutable();
    }

    public static void Write(Module module, ModelProto model)
    {
        model.IrVersion = Number("ir_version") ?? OpsetRange.IrVersionOf(module.Opsets.GetValueOrDefault("", OpsetRange.Newest));
        if (Number("model_version") is { } version)
            model.ModelVersion = version;
        foreach (var (key, value) in module.Metadata)
        {
            switch (key)
            {
                case "producer_name":
                    model.ProducerName = value;
                    break;
                case "producer_version":
                    model.ProducerVersion = value;
                    break;
                case "domain":
                    model.Domain = value;
                    break;
                case "doc_string":
                    model.DocString = value;
                    break;
                case "graph.doc_string":
                    model.Graph.DocString = value;
                    break;
                case var _ when key.StartsWith(Property, StringComparison.Ordinal):
                    model.MetadataProps.Add(new StringStringEntryProto { Key = key[Property.Length..], Value = value });
                    break;
                case var _ when key.StartsWith(GraphProperty, StringComparison.Ordinal):
                    model.Graph.MetadataProps.Add(new StringStringEntryProto { Key = key[GraphProperty.Length..], Value = value });
                    break;
            }
        }

        long? Number(string key) =>
            module.Metadata.TryGetValue(key, out string? text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;
    }
}
