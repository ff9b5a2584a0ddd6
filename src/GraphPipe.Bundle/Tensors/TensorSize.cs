namespace GraphPipe.Bundle;

/// <summary>Bytes of a tensor whose shape comes from a file, and so may be anything.</summary>
internal static class TensorSize
{
    /// <summary>The bytes, or null if a dimension is negative or the product is no 64-bit number.</summary>
    public static long? Of(DType type, ReadOnlySpan<long> shape)
    {
        // A zero among the dimensions does not excuse an overflow of the others: TensorData multiplies from the left.
        Int128 elements = 1;
        foreach (long dim in shape)
        {
            elements *= dim;
            if (dim < 0 || elements > long.MaxValue / 128)
                return null;
        }

        return ((long)elements * type.Bits() + 7) / 8;
    }

    /// <inheritdoc cref="Of(DType, ReadOnlySpan{long})"/>
    public static long? Of(DType type, System.Collections.Immutable.ImmutableArray<long> shape) => Of(type, shape.AsSpan());
}
