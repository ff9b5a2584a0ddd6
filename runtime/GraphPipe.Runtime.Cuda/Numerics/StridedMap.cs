namespace GraphPipe.Runtime.Cuda.Numerics;

/// <summary>Where the elements of up to three operands lie for one position of a walk.</summary>
public readonly struct Offsets(int a, int b, int c)
{
    public readonly int A = a;
    public readonly int B = b;
    public readonly int C = c;
}

/// <summary>
/// A walk over up to six axes in row-major order, with a stride for each of three operands: 0 along a broadcast axis, negative for a reversed one.
/// Passed to kernels by value, so its fields are plain numbers. Position i is that of the walk; fields D0 to D5 are lengths, innermost first.
/// </summary>
public struct StridedMap
{
    /// <summary>Axes that the fields below hold.</summary>
    public const int MostAxes = 6;

    public int Count;
    public int Rank;
    public int D0, D1, D2, D3, D4, D5;
    public int A0, A1, A2, A3, A4, A5;
    public int B0, B1, B2, B3, B4, B5;
    public int C0, C1, C2, C3, C4, C5;
    public int OffsetA, OffsetB, OffsetC;

    /// <summary>The operands' elements at position i.</summary>
    public readonly Offsets At(int i)
    {
        int a = OffsetA, b = OffsetB, c = OffsetC;
        int next = Rank > 1 ? i / D0 : 0, at = i - next * D0;
        a += at * A0;
        b += at * B0;
        c += at * C0;
        if (Rank > 1)
        {
            i = next;
            next = i / D1;
            at = i - next * D1;
            a += at * A1;
            b += at * B1;
            c += at * C1;
        }

        if (Rank > 2)
        {
            i = next;
            next = i / D2;
            at = i - next * D2;
            a += at * A2;
            b += at * B2;
            c += at * C2;
        }

        if (Rank > 3)
        {
            i = next;
            next = i / D3;
            at = i - next * D3;
            a += at * A3;
            b += at * B3;
            c += at * C3;
        }

        if (Rank > 4)
        {
            i = next;
            next = i / D4;
            at = i - next * D4;
            a += at * A4;
            b += at * B4;
            c += at * C4;
        }

        if (Rank > 5)
        {
            a += next * A5;
            b += next * B5;
            c += next * C5;
        }

        return new Offsets(a, b, c);
    }

    /// <summary>A walk over <paramref name="dims"/>; axes of length 1 are left out, and neighbours that all operands step through evenly become one.</summary>
    /// <param name="dims">Lengths, outermost first.</param>
    /// <param name="strides">For each operand a stride per axis; at most three operands.</param>
    /// <param name="offsets">For each operand its first element.</param>
    /// <returns>Null if more than <see cref="MostAxes"/> axes are left.</returns>
    public static StridedMap? Create(ReadOnlySpan<long> dims, long[][] strides, params long[] offsets)
    {
        var axes = new List<(long Length, long[] Strides)>();
        long count = 1;
        for (int axis = dims.Length - 1; axis >= 0; axis--)
        {
            count = checked(count * dims[axis]);
            if (dims[axis] == 1)
                continue;
            int from = axis;
            long[] own = [.. strides.Select(s => s[from])];
            if (axes.Count > 0 && Continues(axes[^1], own))
                axes[^1] = (axes[^1].Length * dims[axis], axes[^1].Strides);
            else
                axes.Add((dims[axis], own));
        }

        if (count == 0)
            return new StridedMap { D0 = 1 };
        if (axes.Count > MostAxes)
            return null;
        Span<int> lengths = stackalloc int[MostAxes];
        Span<int> steps = stackalloc int[3 * MostAxes];
        lengths.Fill(1);
        steps.Clear();
        for (int i = 0; i < axes.Count; i++)
        {
            lengths[i] = checked((int)axes[i].Length);
            for (int k = 0; k < strides.Length; k++)
                steps[k * MostAxes + i] = checked((int)axes[i].Strides[k]);
        }

        return new StridedMap
        {
            Count = checked((int)count),
            Rank = axes.Count,
            D0 = lengths[0],
            D1 = lengths[1],
            D2 = lengths[2],
            D3 = lengths[3],
            D4 = lengths[4],
            D5 = lengths[5],
            A0 = steps[0],
            A1 = steps[1],
            A2 = steps[2],
            A3 = steps[3],
            A4 = steps[4],
            A5 = steps[5],
            B0 = steps[6],
            B1 = steps[7],
            B2 = steps[8],
            B3 = steps[9],
            B4 = steps[10],
            B5 = steps[11],
            C0 = steps[12],
            C1 = steps[13],
            C2 = steps[14],
            C3 = steps[15],
            C4 = steps[16],
            C5 = steps[17],
            OffsetA = Offset(0),
            OffsetB = Offset(1),
            OffsetC = Offset(2),
        };

        int Offset(int operand) => operand < offsets.Length ? checked((int)offsets[operand]) : 0;
    }

    /// <summary>The walk over the shape that operands broadcast to, numpy's rules.</summary>
    /// <param name="shapes">One to three; the walk's positions are the result's elements.</param>
    public static StridedMap? Broadcast(params long[][] shapes)
    {
        int rank = shapes.Max(s => s.Length);
        long[] dims = new long[rank];
        Array.Fill(dims, 1);
        foreach (long[] shape in shapes)
        {
            for (int axis = 0; axis < shape.Length; axis++)
            {
                ref long dim = ref dims[axis + rank - shape.Length];
                dim = shape[axis] == 1 ? dim : shape[axis];
            }
        }

        return Create(dims, [.. shapes.Select(s => BroadcastStrides(s, rank))]);
    }

    /// <summary>Strides of a dense row-major tensor.</summary>
    public static long[] Dense(ReadOnlySpan<long> shape)
    {
        long[] strides = new long[shape.Length];
        long step = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = step;
            step *= shape[axis];
        }

        return strides;
    }

    /// <summary>Strides of a dense tensor seen as <paramref name="rank"/> axes: 0 where it is spread.</summary>
    public static long[] BroadcastStrides(ReadOnlySpan<long> shape, int rank)
    {
        long[] dense = Dense(shape), strides = new long[rank];
        for (int axis = 0; axis < shape.Length; axis++)
            strides[axis + rank - shape.Length] = shape[axis] == 1 ? 0 : dense[axis];
        return strides;
    }

    // Whether an outer axis goes on where the inner one ends, for every operand.
    private static bool Continues((long Length, long[] Strides) inner, long[] outer)
    {
        for (int k = 0; k < outer.Length; k++)
        {
            if (outer[k] != inner.Strides[k] * inner.Length)
                return false;
        }

        return true;
    }
}
