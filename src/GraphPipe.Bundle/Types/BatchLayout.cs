using System.Globalization;

namespace GraphPipe.Bundle;

/// <summary>
/// Where the samples of a value lie: axis <see cref="Axis"/> has the length Outer·N·Inner and sample i occupies, for each of the Outer
/// repeats, Inner neighbouring entries. Exports merge the batch axis with others (<c>[N,S,E]</c> → <c>[N·S,E]</c>: Inner = S), and move it
/// (sequence first: Axis = 1), so an axis number alone does not say which entries belong to a sample.
/// </summary>
public sealed record BatchLayout(int Axis, long Outer = 1, long Inner = 1)
{
    /// <summary>Samples along the first axis, nothing merged.</summary>
    public static BatchLayout Leading { get; } = new(0);

    /// <summary>True if a range of samples is one contiguous block of memory.</summary>
    public bool IsContiguous(Shape shape) => Outer == 1 && shape.Dims.Take(Axis).All(d => d.Constant == 1);

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"batch({Axis}{(Outer != 1 || Inner != 1 ? $",{Outer},{Inner}" : "")})");
}
