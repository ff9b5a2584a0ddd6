using GraphPipe.Bundle;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPipe.Tests.Oracles.Onnx;

/// <summary>Runs an ONNX model in ONNX Runtime.</summary>
internal static class OrtRunner
{
    /// <summary>The outputs, in the model's order; throws what ONNX Runtime throws.</summary>
    public static List<TensorData> Run(byte[] model, IReadOnlyDictionary<string, TensorData> inputs)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, IntraOpNumThreads = 1, GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL };
        using var session = new InferenceSession(model, options);
        return Run(session, inputs);
    }

    /// <summary>Inputs for a model: small numbers from a counter, open dimensions 2.</summary>
    public static Dictionary<string, TensorData> SyntheticInputs(byte[] model)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        using var session = new InferenceSession(model, options);
        return session.InputMetadata.ToDictionary(i => i.Key, i => Synthetic(i.Value));
    }

    private static List<TensorData> Run(InferenceSession session, IReadOnlyDictionary<string, TensorData> inputs)
    {
        var values = inputs.Where(i => session.InputMetadata.ContainsKey(i.Key)).ToDictionary(i => i.Key, i => ToOrt(i.Value));
        try
        {
            using var run = new RunOptions();
            using var results = session.Run(run, values, session.OutputNames);
            return [.. results.Select(FromOrt)];
        }
        finally
        {
            foreach (var value in values.Values)
                value.Dispose();
        }
    }

    private static TensorData Synthetic(NodeMetadata input)
    {
        long[] shape = [.. input.Dimensions.Select(d => d < 0 ? 2L : d)];
        var type = TypeOf(input.ElementDataType);
        long count = TensorData.CountOf([.. shape]);
        uint state = 12345;
        float Next() => (state = state * 1664525 + 1013904223) / (float)uint.MaxValue;
        return type switch
        {
            DType.F32 => TensorData.Of<float>(type, [.. shape], Enumerable.Range(0, (int)count).Select(_ => Next() - 0.4f).ToArray()),
            DType.F64 => TensorData.Of<double>(type, [.. shape], Enumerable.Range(0, (int)count).Select(_ => (double)Next() - 0.4).ToArray()),
            DType.I64 => TensorData.Of<long>(type, [.. shape], Enumerable.Range(0, (int)count).Select(i => (long)(i % 2)).ToArray()),
            DType.I32 => TensorData.Of<int>(type, [.. shape], Enumerable.Range(0, (int)count).Select(i => i % 2).ToArray()),
            _ => new TensorData(type, [.. shape], new byte[type.Size(count).Value]),
        };
    }

    private static OrtValue ToOrt(TensorData data)
    {
        if (data.Type == DType.String)
        {
            var strings = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, [.. data.Shape]);
            for (int i = 0; i < data.Strings.Length; i++)
                strings.StringTensorSetElementAt(data.Strings[i].Span, i);
            return strings;
        }

        var value = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, ElementTypeOf(data.Type), [.. data.Shape]);
        data.Bytes.Span.CopyTo(value.GetTensorMutableRawData());
        return value;
    }

    private static TensorData FromOrt(OrtValue value)
    {
        if (!value.IsTensor)
            throw new NotSupportedException("no tensor");
        var info = value.GetTensorTypeAndShape();
        if (info.ElementDataType == TensorElementType.String)
        {
            var strings = Enumerable.Range(0, (int)info.ElementCount).Select(i => (ReadOnlyMemory<byte>)System.Text.Encoding.UTF8.GetBytes(value.GetStringElement(i)));
            return new TensorData([.. info.Shape], [.. strings]);
        }

        return new TensorData(TypeOf(info.ElementDataType), [.. info.Shape], value.GetTensorMutableRawData().ToArray());
    }

    // ONNX Runtime numbers element types as ONNX does.
    private static DType TypeOf(TensorElementType type) => GraphPipe.Onnx.ElementTypes.FromOnnx((int)type);

    private static TensorElementType ElementTypeOf(DType type) => (TensorElementType)GraphPipe.Onnx.ElementTypes.ToOnnx(type);
}
