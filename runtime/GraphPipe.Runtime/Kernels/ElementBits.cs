using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>An attribute's number as an element of a tensor, the same for the kernels of every device.</summary>
public static class ElementBits
{
    /// <returns>The element's bits, lowest first; null for a type that has none.</returns>
    public static ulong? Of(DType type, float value) => type switch
    {
        DType.F32 => BitConverter.SingleToUInt32Bits(value),
        DType.F64 => BitConverter.DoubleToUInt64Bits(value),
        DType.F16 => BitConverter.HalfToUInt16Bits((Half)value),
        DType.BF16 => BFloat16.Of(value).Bits,
        DType.Bool => value == 0 ? 0UL : 1UL,
        _ when type.IsInteger() => (ulong)(long)value,
        _ when BitConverter.SingleToInt32Bits(value) == 0 && type.Bits() is 8 or 16 or 32 or 64 => 0UL,
        _ => null,
    };
}
