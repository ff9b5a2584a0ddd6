using GraphPipe.Bundle;

namespace GraphPipe.Ops;

/// <summary>Constants with ones on a diagonal.</summary>
public static class EyeMatrix
{
    /// <param name="type">Of the elements.</param>
    /// <param name="rows">First dimension.</param>
    /// <param name="columns">Second dimension.</param>
    /// <param name="k">The diagonal; above the main one if positive.</param>
    /// <returns>Null where it is too large, or its type is not computed with.</returns>
    public static TensorData? Of(DType type, long rows, long columns, long k) =>
        rows * columns > ConstantMath.Limit ? null : ConstantMath.FromDoubles(type, [rows, columns], rows * columns, i => i % columns == (i / columns) + k ? 1 : 0);
}
