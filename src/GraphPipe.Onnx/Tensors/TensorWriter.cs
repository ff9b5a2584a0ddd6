using Google.Protobuf;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx.Proto;

namespace GraphPipe.Onnx;

/// <summary>Our tensors to ONNX's, always as raw bytes (strings excepted).</summary>
internal static class TensorWriter
{
    public static TensorProto Write(TensorData data, string name = "")
    {
        var tensor = new TensorProto { DataType = ElementTypes.ToOnnx(data.Type) };
        if (name.Length > 0)
            tensor.Name = name;
        tensor.Dims.AddRange(data.Shape);
        SetData(tensor, data);
        return tensor;
    }

    public static SparseTensorProto Write(IrAttribute.SparseTensor sparse)
    {
        var proto = new SparseTensorProto { Values = Write(sparse.Values), Indices = Write(sparse.Indices) };
        proto.Dims.AddRange(sparse.Shape);
        return proto;
    }

    /// <summary>Removes the elements, wherever they are, and keeps all else.</summary>
    public static void Clear(TensorProto tensor)
    {
        tensor.ClearRawData();
        tensor.FloatData.Clear();
        tensor.DoubleData.Clear();
        tensor.Int32Data.Clear();
        tensor.Int64Data.Clear();
        tensor.Uint64Data.Clear();
        tensor.StringData.Clear();
        tensor.ExternalData.Clear();
        tensor.ClearDataLocation();
    }

    /// <summary>Replaces the elements.</summary>
    public static void SetData(TensorProto tensor, TensorData data)
    {
        Clear(tensor);
        if (data.Type == DType.String)
            tensor.StringData.AddRange(data.Strings.Select(s => ByteString.CopyFrom(s.Span)));
        else
            // Not copied: tensors are immutable, and the message does not outlive the write.
            tensor.RawData = UnsafeByteOperations.UnsafeWrap(data.Bytes);
    }
}
