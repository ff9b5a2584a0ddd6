using GraphPipe.Bundle;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPipe.Runtime.Ort;

/// <summary>ONNX Runtime's names of our element types.</summary>
internal static class OrtTypes
{
    /// <summary>Null for types whose elements are no whole bytes, or that ONNX Runtime's C# interface lacks.</summary>
    public static TensorElementType? Of(DType type) => type switch
    {
        DType.F32 => TensorElementType.Float,
        DType.F64 => TensorElementType.Double,
        DType.F16 => TensorElementType.Float16,
        DType.BF16 => TensorElementType.BFloat16,
        DType.I8 => TensorElementType.Int8,
        DType.I16 => TensorElementType.Int16,
        DType.I32 => TensorElementType.Int32,
        DType.I64 => TensorElementType.Int64,
        DType.U8 => TensorElementType.UInt8,
        DType.U16 => TensorElementType.UInt16,
        DType.U32 => TensorElementType.UInt32,
        DType.U64 => TensorElementType.UInt64,
        DType.Bool => TensorElementType.Bool,
        _ => null,
    };
}
