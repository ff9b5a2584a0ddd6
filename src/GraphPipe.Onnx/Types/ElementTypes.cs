using GraphPipe.Bundle;
using static GraphPipe.Onnx.Proto.TensorProto.Types;

namespace GraphPipe.Onnx;

/// <summary>ONNX's codes of element types.</summary>
internal static class ElementTypes
{
    /// <summary>Our type, <see cref="DType.Undefined"/> for codes that ONNX does not define.</summary>
    public static DType FromOnnx(int code) => (DataType)code switch
    {
        DataType.Float => DType.F32,
        DataType.Uint8 => DType.U8,
        DataType.Int8 => DType.I8,
        DataType.Uint16 => DType.U16,
        DataType.Int16 => DType.I16,
        DataType.Int32 => DType.I32,
        DataType.Int64 => DType.I64,
        DataType.String => DType.String,
        DataType.Bool => DType.Bool,
        DataType.Float16 => DType.F16,
        DataType.Double => DType.F64,
        DataType.Uint32 => DType.U32,
        DataType.Uint64 => DType.U64,
        DataType.Complex64 => DType.C64,
        DataType.Complex128 => DType.C128,
        DataType.Bfloat16 => DType.BF16,
        DataType.Float8E4M3Fn => DType.F8E4M3FN,
        DataType.Float8E4M3Fnuz => DType.F8E4M3FNUZ,
        DataType.Float8E5M2 => DType.F8E5M2,
        DataType.Float8E5M2Fnuz => DType.F8E5M2FNUZ,
        DataType.Uint4 => DType.U4,
        DataType.Int4 => DType.I4,
        DataType.Float4E2M1 => DType.F4E2M1,
        DataType.Float8E8M0 => DType.F8E8M0,
        DataType.Uint2 => DType.U2,
        DataType.Int2 => DType.I2,
        _ => DType.Undefined,
    };

    public static int ToOnnx(DType type) => (int)(type switch
    {
        DType.F32 => DataType.Float,
        DType.U8 => DataType.Uint8,
        DType.I8 => DataType.Int8,
        DType.U16 => DataType.Uint16,
        DType.I16 => DataType.Int16,
        DType.I32 => DataType.Int32,
        DType.I64 => DataType.Int64,
        DType.String => DataType.String,
        DType.Bool => DataType.Bool,
        DType.F16 => DataType.Float16,
        DType.F64 => DataType.Double,
        DType.U32 => DataType.Uint32,
        DType.U64 => DataType.Uint64,
        DType.C64 => DataType.Complex64,
        DType.C128 => DataType.Complex128,
        DType.BF16 => DataType.Bfloat16,
        DType.F8E4M3FN => DataType.Float8E4M3Fn,
        DType.F8E4M3FNUZ => DataType.Float8E4M3Fnuz,
        DType.F8E5M2 => DataType.Float8E5M2,
        DType.F8E5M2FNUZ => DataType.Float8E5M2Fnuz,
        DType.U4 => DataType.Uint4,
        DType.I4 => DataType.Int4,
        DType.F4E2M1 => DataType.Float4E2M1,
        DType.F8E8M0 => DataType.Float8E8M0,
        DType.U2 => DataType.Uint2,
        DType.I2 => DataType.Int2,
        _ => DataType.Undefined,
    });
}
