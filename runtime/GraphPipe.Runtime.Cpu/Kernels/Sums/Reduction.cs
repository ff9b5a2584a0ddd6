using System.Collections.Immutable;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>
/// A tensor's axes, some of them to be summed over, with neighbours of the same kind merged. Row-major order of the summed elements is the order
/// of the sum, whatever the threads.
/// </summary>
internal sealed class Reduction
{
    private readonly ImmutableArray<Axis> _kept;
    private readonly ImmutableArray<Axis> _summed;

    /// <param name="shape">The tensor.</param>
    /// <param name="isSummed">By axis.</param>
    public Reduction(ImmutableArray<long> shape, ReadOnlySpan<bool> isSummed)
    {
        var axes = new List<(Axis Axis, bool Summed)>();
        long stride = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            long length = shape[i];
            if (length != 1)
            {
                if (axes.Count > 0 && axes[^1].Summed == isSummed[i])
                    axes[^1] = (axes[^1].Axis with { Length = axes[^1].Axis.Length * length }, isSummed[i]);
                else
                    axes.Add((new Axis(length, stride), isSummed[i]));
            }

            stride *= length;
        }

        // A row is the innermost kept axis if it is contiguous: then whole rows are added to each other.
        if (axes.Count > 0 && !axes[0].Summed)
        {
            Row = axes[0].Axis.Length;
            axes.RemoveAt(0);
        }
        else
        {
            Run = axes.Count > 0 ? axes[0].Axis.Length : 1;
            if (axes.Count > 0)
                axes.RemoveAt(0);
        }

        _kept = [.. axes.Where(a => !a.Summed).Select(a => a.Axis)];
        _summed = [.. axes.Where(a => a.Summed).Select(a => a.Axis)];
        Outputs = _kept.Aggregate(1L, (p, a) => p * a.Length);
        Terms = _summed.Aggregate(1L, (p, a) => p * a.Length);
    }

    /// <summary>Rows (or, with <see cref="Row"/> 1, elements) of the result.</summary>
    public long Outputs { get; }

    /// <summary>Contiguous elements of a row of the result.</summary>
    public long Row { get; } = 1;

    /// <summary>Runs summed into each row of the result.</summary>
    public long Terms { get; }

    /// <summary>Contiguous elements of a run; 1 where rows are added to each other.</summary>
    public long Run { get; } = 1;

    /// <summary>Where the first run of a row of the result starts.</summary>
    public long OutputOffset(long output) => Offset(_kept, output);

    /// <summary>How far a run starts behind the first one.</summary>
    public long TermOffset(long term) => Offset(_summed, term);

    private static long Offset(ImmutableArray<Axis> axes, long index)
    {
        long offset = 0;
        for (int i = 0; i < axes.Length && index > 0; i++)
        {
            (index, long at) = Math.DivRem(index, axes[i].Length);
            offset += at * axes[i].Stride;
        }

        return offset;
    }

    private readonly record struct Axis(long Length, long Stride);
}
