using GraphPipe.Bundle;
using GraphPipe.Onnx;

namespace GraphPipe;

/// <summary>Makes a model file from a skeleton and weights.</summary>
public static class TrainedModel
{
    /// <param name="skeleton">The model without the elements of its large initializers, as bundles and checkpoints hold it.</param>
    /// <param name="weights">At least the initializers that the skeleton lacks, by name; names that are no initializers of the model are passed over.</param>
    /// <exception cref="DiagnosticException">The skeleton is damaged, or weights do not fit it.</exception>
    public static byte[] Fill(ReadOnlyMemory<byte> skeleton, IReadOnlyDictionary<string, TensorData> weights)
    {
        var names = OnnxModel.Parse(skeleton).InitializerNames().ToHashSet(StringComparer.Ordinal);
        return TrainedExport.Write(skeleton, weights.Where(w => names.Contains(w.Key)).ToDictionary(w => w.Key, w => w.Value, StringComparer.Ordinal));
    }
}
