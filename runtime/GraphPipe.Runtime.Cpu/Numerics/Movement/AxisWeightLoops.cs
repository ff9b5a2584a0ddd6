using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary><see cref="AxisWeights"/> at work.</summary>
public static unsafe class AxisWeightLoops
{
    /// <summary><c>y[o, j, :] = Σ weight·x[o, source, :]</c> for from ≤ o·Outputs + j &lt; to.</summary>
    /// <param name="x">[outer, Inputs, inner].</param>
    /// <param name="y">[outer, Outputs, inner].</param>
    /// <param name="inner">Elements of an entry.</param>
    /// <param name="from">First entry of y.</param>
    /// <param name="to">End of the entries.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(AxisWeights weights, float* x, float* y, long inner, long from, long to)
    {
        int outputs = weights.Outputs, inputs = weights.Inputs;
        ReadOnlySpan<int> starts = weights.Starts, sources = weights.Sources;
        var factors = weights.Weights;
        for (long unit = from; unit < to; unit++)
        {
            long o = unit / outputs;
            int j = (int)(unit - o * outputs);
            int first = starts[j], end = starts[j + 1];
            float* source = x + o * inputs * inner, target = y + unit * inner;
            if (inner == 1)
            {
                float sum = 0;
                for (int i = first; i < end; i++)
                    sum += factors[i] * source[sources[i]];
                *target = sum;
                continue;
            }

            for (long at = 0; at < inner; at += Lanes.Count)
            {
                Vector512<float> sum = default;
                for (int i = first; i < end; i++)
                    sum += factors[i] * Lanes.Load(source + sources[i] * inner + at, inner - at);
                Lanes.Store(target + at, sum, inner - at);
            }
        }
    }
}
