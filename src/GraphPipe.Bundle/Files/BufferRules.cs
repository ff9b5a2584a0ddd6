namespace GraphPipe.Bundle;

/// <summary>What a shape and a batch layout from a file must satisfy, so that sizes and slices computed from them are sound.</summary>
internal static class BufferRules
{
    // Sizes in bytes stay numbers for any mini-batch that fits memory.
    private const long LargestBatch = 1 << 16;

    /// <summary>What is wrong with a shape or another expression in N, or null.</summary>
    public static string? Fault(params ReadOnlySpan<Dim> dims)
    {
        Int128 elements = 1;
        foreach (var dim in dims)
        {
            if (dim.Symbols.Any(s => s != Dim.BatchSymbol))
                return $"{dim} has another symbol than {Dim.BatchSymbol}";
            try
            {
                if (dim.At(1) < 0 || dim.At(LargestBatch) < 0)
                    return $"{dim} is negative";
                elements *= dim.At(1);
            }
            catch (OverflowException)
            {
                return $"{dim} is too large";
            }

            if (elements > long.MaxValue / 128)
                return "the product of the dimensions is too large";
        }

        return null;
    }

    /// <summary>What is wrong with a layout, or null.</summary>
    public static string? Fault(Shape shape, BatchLayout batch) =>
        batch.Axis >= shape.Rank ? $"{batch} is outside of shape {shape}"
        : batch.Outer < 1 || batch.Inner < 1 ? $"{batch} has a factor below 1"
        : (Int128)batch.Outer * batch.Inner is var factor && (factor > long.MaxValue || shape[batch.Axis] != Dim.Batch * (long)factor)
            ? $"{batch} does not fit axis {batch.Axis} of shape {shape}"
        : null;
}
