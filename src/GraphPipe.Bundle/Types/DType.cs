using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>Element type of a tensor. The numbers are ours; ONNX's own codes stay inside GraphPipe.Onnx.</summary>
public enum DType
{
    Undefined = 0,
    F32, F64, F16, BF16,
    I8, I16, I32, I64,
    U8, U16, U32, U64,
    Bool, String, C64, C128,
    F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0, F4E2M1,
    I4, U4, I2, U2,
}

/// <summary>Spelling and size of element types.</summary>
public static class DTypes
{
    private static readonly ImmutableArray<string> Names =
    [
        "undefined", "f32", "f64", "f16", "bf16", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64",
        "bool", "str", "c64", "c128", "f8e4m3fn", "f8e4m3fnuz", "f8e5m2", "f8e5m2fnuz", "f8e8m0", "f4e2m1", "i4", "u4", "i2", "u2",
    ];

    /// <summary>The spelling in IR text and bundles, e.g. <c>f32</c>.</summary>
    public static string Text(this DType type) => Names[(int)type];

    /// <summary>Bits of one element; 0 for strings and undefined.</summary>
    public static int Bits(this DType type) => type switch
    {
        DType.F64 or DType.I64 or DType.U64 or DType.C64 => 64,
        DType.C128 => 128,
        DType.F32 or DType.I32 or DType.U32 => 32,
        DType.F16 or DType.BF16 or DType.I16 or DType.U16 => 16,
        DType.F4E2M1 or DType.I4 or DType.U4 => 4,
        DType.I2 or DType.U2 => 2,
        DType.String or DType.Undefined => 0,
        _ => 8,
    };

    /// <summary>Bytes that <paramref name="elements"/> elements take, sub-byte types packed.</summary>
    public static Bytes Size(this DType type, long elements) => new(checked(elements * type.Bits() + 7) / 8);

    /// <summary>True for the types a gradient can have.</summary>
    public static bool IsFloat(this DType type) => type is DType.F32 or DType.F64 or DType.F16 or DType.BF16;

    /// <summary>True for the floats of 16 bits, which are stored and never computed with.</summary>
    public static bool IsHalf(this DType type) => type is DType.F16 or DType.BF16;

    /// <summary>What is computed with: f32 for the halves, else the type itself.</summary>
    public static DType Wide(this DType type) => type.IsHalf() ? DType.F32 : type;

    /// <summary>True for signed and unsigned whole numbers (not bool).</summary>
    public static bool IsInteger(this DType type) => type is >= DType.I8 and <= DType.U64;

    /// <summary>Reads the spelling of <see cref="Text"/>.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DType type)
    {
        for (int i = 1; i < Names.Length; i++)
        {
            if (text.SequenceEqual(Names[i]))
            {
                type = (DType)i;
                return true;
            }
        }

        type = DType.Undefined;
        return false;
    }
}
