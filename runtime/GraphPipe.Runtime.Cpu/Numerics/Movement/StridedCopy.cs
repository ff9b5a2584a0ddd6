using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>Runs a <see cref="CopyPlan"/> on elements of 1, 2, 4 or 8 bytes of any type.</summary>
public static unsafe class StridedCopy
{
    /// <summary>The whole copy.</summary>
    public static void Run(in CopyPlan plan, int elementSize, void* source, void* target) => Run(plan, elementSize, source, target, 0, plan.Units);

    /// <summary>Units from ≤ u &lt; to of <see cref="CopyPlan.Units"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The element size is not 1, 2, 4 or 8.</exception>
    public static void Run(in CopyPlan plan, int elementSize, void* source, void* target, long from, long to)
    {
        switch (elementSize)
        {
            case 1: Typed(plan, (byte*)source, (byte*)target, from, to); break;
            case 2: Typed(plan, (ushort*)source, (ushort*)target, from, to); break;
            case 4: Typed(plan, (uint*)source, (uint*)target, from, to); break;
            case 8: Typed(plan, (ulong*)source, (ulong*)target, from, to); break;
            default: throw new ArgumentOutOfRangeException(nameof(elementSize), elementSize, "elements have 1, 2, 4 or 8 bytes");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Typed<T>(in CopyPlan plan, T* source, T* target, long from, long to)
        where T : unmanaged
    {
        int inner = plan.Rank - 1, outer = plan.Transposes ? inner - 1 : inner;
        long strips = plan.Transposes ? (plan.Dims[outer] + CopyPlan.Strip - 1) / CopyPlan.Strip : 1;
        long length = plan.Dims[inner], sourceStride = plan.SourceStrides[inner], targetStride = plan.TargetStrides[inner];
        source += plan.SourceOffset;
        target += plan.TargetOffset;
        Extents index = default;
        long strip = from % strips, s = 0, t = 0;
        for (long rest = from / strips, axis = outer - 1; axis >= 0 && from < to; axis--)
        {
            index[(int)axis] = rest % plan.Dims[(int)axis];
            rest /= plan.Dims[(int)axis];
            s += index[(int)axis] * plan.SourceStrides[(int)axis];
            t += index[(int)axis] * plan.TargetStrides[(int)axis];
        }

        for (long unit = from; unit < to; unit++)
        {
            if (plan.Transposes)
            {
                long p = strip * CopyPlan.Strip;
                Transposed(
                    source + s + p, sourceStride, target + t + p * plan.TargetStrides[outer], plan.TargetStrides[outer],
                    Math.Min(CopyPlan.Strip, plan.Dims[outer] - p), length);
            }
            else if (targetStride == 1 && sourceStride == 1) Contiguous(source + s, target + t, length);
            else if (targetStride == 1 && sourceStride == 0) new Span<T>(target + t, checked((int)length)).Fill(source[s]);
            else
                for (long i = 0; i < length; i++) target[t + i * targetStride] = source[s + i * sourceStride];

            if (++strip < strips) continue;
            strip = 0;
            for (int axis = outer - 1; axis >= 0; axis--)
            {
                s += plan.SourceStrides[axis];
                t += plan.TargetStrides[axis];
                if (++index[axis] < plan.Dims[axis]) break;
                s -= index[axis] * plan.SourceStrides[axis];
                t -= index[axis] * plan.TargetStrides[axis];
                index[axis] = 0;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Contiguous<T>(T* source, T* target, long length)
        where T : unmanaged
    {
        // Short rows cost less than a call of memmove.
        long bytes = length * sizeof(T);
        if (bytes is >= 64 and <= 512)
        {
            // The last vector overlaps the one before it.
            byte* from = (byte*)source, to = (byte*)target;
            for (long i = 0; i < bytes - 64; i += 64) Vector512.Load(from + i).Store(to + i);
            Vector512.Load(from + bytes - 64).Store(to + bytes - 64);
        }
        else if (length <= 8)
            for (long i = 0; i < length; i++) target[i] = source[i];
        else Buffer.MemoryCopy(source, target, bytes, bytes);
    }

    /// <summary><c>target[p·ldTarget + q] = source[q·ldSource + p]</c> for p &lt; rows, q &lt; columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transposed<T>(T* source, long ldSource, T* target, long ldTarget, long rows, long columns)
        where T : unmanaged
    {
        for (long q = 0; q < columns; q += 16)
        {
            for (long p = 0; p < rows; p += 16)
            {
                long qEnd = Math.Min(columns, q + 16), pEnd = Math.Min(rows, p + 16);
                if (sizeof(T) == 4 && Avx512F.IsSupported && qEnd - q == 16 && pEnd - p == 16)
                {
                    SquareTranspose.Run16((float*)(source + q * ldSource + p), (nint)ldSource, (float*)(target + p * ldTarget + q), (nint)ldTarget);
                    continue;
                }

                for (long i = p; i < pEnd; i++)
                    for (long j = q; j < qEnd; j++) target[i * ldTarget + j] = source[j * ldSource + i];
            }
        }
    }
}
