using System.Collections.Immutable;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>
/// Numpy broadcasting of two operands, reduced to the least number of axes: rows of <see cref="Inner"/> elements, along which each operand
/// either advances or stands still.
/// </summary>
internal sealed class Broadcast
{
    private readonly long[] _lengths;
    private readonly long[] _strideA;
    private readonly long[] _strideB;

    /// <param name="a">Shape of the first operand.</param>
    /// <param name="b">Shape of the second operand.</param>
    /// <param name="result">Shape of the result.</param>
    public Broadcast(ImmutableArray<long> a, ImmutableArray<long> b, ImmutableArray<long> result)
    {
        var axes = new List<(long Length, long A, long B)>();
        long strideA = 1, strideB = 1;
        for (int i = 1; i <= result.Length; i++)
        {
            long length = result[^i], lengthA = i <= a.Length ? a[^i] : 1, lengthB = i <= b.Length ? b[^i] : 1;
            if (length != 1)
            {
                var axis = (Length: length, A: lengthA == 1 ? 0 : strideA, B: lengthB == 1 ? 0 : strideB);
                if (axes.Count > 0 && Continues(axes[^1].A, axes[^1].Length, axis.A) && Continues(axes[^1].B, axes[^1].Length, axis.B))
                    axes[^1] = axes[^1] with { Length = axes[^1].Length * length };
                else
                    axes.Add(axis);
            }

            strideA *= lengthA;
            strideB *= lengthB;
        }

        var (inner, stepA, stepB) = axes.Count > 0 ? axes[0] : (1, 0, 0);
        Inner = inner;
        StepA = stepA;
        StepB = stepB;
        _lengths = [.. axes.Skip(1).Select(x => x.Length)];
        _strideA = [.. axes.Skip(1).Select(x => x.A)];
        _strideB = [.. axes.Skip(1).Select(x => x.B)];
        Rows = _lengths.Aggregate(1L, (p, n) => p * n);
    }

    public long Rows { get; }

    /// <summary>Elements of a row of the result.</summary>
    public long Inner { get; }

    /// <summary>1 if the first operand advances along a row, 0 if it stands still.</summary>
    public long StepA { get; }

    public long StepB { get; }

    /// <summary>Where a row starts in each operand, in elements.</summary>
    public void Offsets(long row, out long a, out long b)
    {
        a = 0;
        b = 0;
        for (int axis = 0; axis < _lengths.Length && row > 0; axis++)
        {
            (row, long at) = Math.DivRem(row, _lengths[axis]);
            a += at * _strideA[axis];
            b += at * _strideB[axis];
        }
    }

    private static bool Continues(long innerStride, long innerLength, long stride) =>
        innerStride == 0 ? stride == 0 : stride == innerStride * innerLength;
}
