using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>A <see cref="CopyPlan"/> run backwards, with sums: the gradient of the copy.</summary>
public static unsafe class StridedSum
{
    /// <summary><c>source[s] += target[t]</c> for every pair that the plan copies from s to t, in the plan's order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in CopyPlan plan, float* target, float* source)
    {
        if (plan.Units == 0) return;
        int inner = plan.Rank - 1;
        long length = plan.Dims[inner], sourceStride = plan.SourceStrides[inner], targetStride = plan.TargetStrides[inner];
        Extents index = default;
        float* s = source + plan.SourceOffset, t = target + plan.TargetOffset;
        while (true)
        {
            if (sourceStride == 1 && targetStride == 1) Streams.Accumulate(t, s, length);
            else
                for (long i = 0; i < length; i++) s[i * sourceStride] += t[i * targetStride];
            int axis = inner - 1;
            for (; axis >= 0; axis--)
            {
                s += plan.SourceStrides[axis];
                t += plan.TargetStrides[axis];
                if (++index[axis] < plan.Dims[axis]) break;
                s -= plan.Dims[axis] * plan.SourceStrides[axis];
                t -= plan.Dims[axis] * plan.TargetStrides[axis];
                index[axis] = 0;
            }

            if (axis < 0) return;
        }
    }
}
