using GraphPipe.Bundle;
using GraphPipe.Onnx.Proto;

namespace GraphPipe.Onnx;

/// <summary>Puts trained weights into the model file they came from: its skeleton (<see cref="OnnxModel.Skeleton"/>), all else unchanged.</summary>
public static class TrainedExport
{
    /// <summary>The skeleton with the elements of every initializer of the main graph that is in <paramref name="weights"/> replaced, however
    /// the original file stored them.</summary>
    /// <param name="weights">By ONNX initializer name; names the model lacks are ignored.</param>
    /// <exception cref="DiagnosticException">GP1013: weights are missing, or differ in type or shape; GP1003: no skeleton.</exception>
    public static byte[] Write(ReadOnlyMemory<byte> skeletonBytes, IReadOnlyDictionary<string, TensorData> weights) =>
        ModelFile.ToBytes(Fill(skeletonBytes, weights));

    /// <summary>Writes a file; large models with their weights beside it, in <c>FILE.data</c>.</summary>
    /// <exception cref="DiagnosticException">As <see cref="Write"/>; GP5007: the file can't be written.</exception>
    public static void WriteFile(
        ReadOnlyMemory<byte> skeletonBytes, IReadOnlyDictionary<string, TensorData> weights, string path, long externalDataFrom = OnnxExport.ExternalDataFrom) =>
        ModelFile.Write(Fill(skeletonBytes, weights), path, externalDataFrom);

    private static ModelProto Fill(ReadOnlyMemory<byte> skeletonBytes, IReadOnlyDictionary<string, TensorData> weights)
    {
        var model = OnnxModel.ParseProto(skeletonBytes, "skeleton.onnx");
        var bag = new DiagnosticBag();
        foreach (var tensor in model.Graph.Initializer)
        {
            if (weights.TryGetValue(tensor.Name, out var data))
                Replace(tensor, data, bag);
            else if (ModelSkeleton.IsCut(tensor))
                Fail(tensor, "there are no weights for it", bag);
        }

        bag.ThrowIfErrors();
        return model;
    }

    private static void Replace(TensorProto tensor, TensorData data, DiagnosticBag bag)
    {
        if (ElementTypes.FromOnnx(tensor.DataType) == data.Type && tensor.Dims.SequenceEqual(data.Shape))
            TensorWriter.SetData(tensor, data);
        else
            Fail(tensor, $"the weights are {data}, the model has {ElementTypes.FromOnnx(tensor.DataType).Text()}[{string.Join(',', tensor.Dims)}]", bag);
    }

    private static void Fail(TensorProto tensor, string message, DiagnosticBag bag) =>
        bag.Add(Diagnostic.Error(Codes.ExportImpossible, message, $"initializer \"{tensor.Name}\"", "export a checkpoint or bundle of the same model"));
}
