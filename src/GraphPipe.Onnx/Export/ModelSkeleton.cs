using GraphPipe.Bundle;
using GraphPipe.Onnx.Proto;

namespace GraphPipe.Onnx;

/// <summary>Cuts the elements of large initializers out of a model file.</summary>
internal static class ModelSkeleton
{
    public static byte[] Cut(ModelProto model, string? folder, long minimumBytes, Func<string, bool> isStoredElsewhere)
    {
        var bag = new DiagnosticBag();
        var reader = new TensorReader(new ExternalData(folder, bag), bag);

        // Elements are shared between a message and its clone only where they are bytes, but those are the large ones.
        var skeleton = model.Clone();
        foreach (var tensor in skeleton.Graph.Initializer)
        {
            if (Size(tensor) >= minimumBytes && isStoredElsewhere(tensor.Name))
                TensorWriter.Clear(tensor);
        }

        foreach (var tensor in TensorsOf(skeleton))
        {
            // The skeleton travels without the files around it.
            if (tensor.DataLocation == TensorProto.Types.DataLocation.External && reader.Read(tensor, $"initializer \"{tensor.Name}\"") is { } data)
                TensorWriter.SetData(tensor, data);
        }

        bag.ThrowIfErrors();
        return ModelFile.ToBytes(skeleton);
    }

    /// <summary>True for an initializer whose elements were cut out.</summary>
    public static bool IsCut(TensorProto tensor) =>
        !tensor.HasRawData && tensor.ExternalData.Count == 0 && tensor.FloatData.Count + tensor.DoubleData.Count + tensor.Int32Data.Count + tensor.Int64Data.Count
            + tensor.Uint64Data.Count + tensor.StringData.Count == 0 && Size(tensor) > 0;

    // Strings count as nothing: weights files have none.
    private static long Size(TensorProto tensor)
    {
        Int128 bits = ElementTypes.FromOnnx(tensor.DataType).Bits();
        foreach (long dim in tensor.Dims)
        {
            bits *= Math.Max(0, dim);
            if (bits > long.MaxValue)
                return long.MaxValue;
        }

        return (long)((bits + 7) / 8);
    }

    private static IEnumerable<TensorProto> TensorsOf(ModelProto model) =>
        TensorsOf(model.Graph)
            .Concat(model.Functions.SelectMany(f => f.Node).SelectMany(TensorsOf))
            .Concat(model.Functions.SelectMany(f => f.AttributeProto).SelectMany(TensorsOf))
            .Concat(model.TrainingInfo.SelectMany(t => new[] { t.Initialization, t.Algorithm }).Where(g => g is not null).SelectMany(TensorsOf));

    private static IEnumerable<TensorProto> TensorsOf(GraphProto graph) =>
        graph.Initializer.Concat(graph.SparseInitializer.SelectMany(TensorsOf)).Concat(graph.Node.SelectMany(TensorsOf));

    private static IEnumerable<TensorProto> TensorsOf(NodeProto node) => node.Attribute.SelectMany(TensorsOf);

    private static IEnumerable<TensorProto> TensorsOf(AttributeProto attribute)
    {
        var tensors = attribute.Tensors.Concat(attribute.SparseTensors.SelectMany(TensorsOf)).Concat(NodeOrder.GraphsOf(attribute).SelectMany(TensorsOf));
        if (attribute.SparseTensor is { } sparse)
            tensors = tensors.Concat(TensorsOf(sparse));
        return attribute.T is { } tensor ? tensors.Prepend(tensor) : tensors;
    }

    private static IEnumerable<TensorProto> TensorsOf(SparseTensorProto sparse) => new[] { sparse.Values, sparse.Indices }.Where(t => t is not null);
}
