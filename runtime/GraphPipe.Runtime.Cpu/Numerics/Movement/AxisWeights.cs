using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>A linear function along one axis: entry j of the result is the sum of some entries of the operand, each with a weight. A sparse matrix, row by row.</summary>
public sealed class AxisWeights
{
    private readonly int[] _starts;
    private readonly int[] _sources;
    private readonly float[] _weights;

    /// <param name="inputs">Length of the operand's axis.</param>
    /// <param name="rows">For each entry of the result, from where and how much.</param>
    public AxisWeights(int inputs, IReadOnlyList<IReadOnlyList<(int Source, double Weight)>> rows)
    {
        Inputs = inputs;
        _starts = new int[rows.Count + 1];
        for (int j = 0; j < rows.Count; j++)
            _starts[j + 1] = _starts[j] + rows[j].Count;
        _sources = [.. rows.SelectMany(r => r).Select(r => r.Source)];
        _weights = [.. rows.SelectMany(r => r).Select(r => (float)r.Weight)];
    }

    public int Inputs { get; }

    public int Outputs => _starts.Length - 1;

    /// <summary>The most terms of a sum.</summary>
    public int Taps => _sources.Length == 0 ? 0 : (_sources.Length + Outputs - 1) / Outputs;

    /// <summary>The transposed function, the gradient of this one; its sums run in the order of this one's results.</summary>
    public AxisWeights Transposed()
    {
        var rows = Enumerable.Range(0, Inputs).Select(_ => new List<(int, double)>()).ToList();
        for (int j = 0; j < Outputs; j++)
        {
            for (int i = _starts[j]; i < _starts[j + 1]; i++)
                rows[_sources[i]].Add((j, _weights[i]));
        }

        return new AxisWeights(Outputs, rows);
    }

    /// <summary><c>y[o, j, :] = Σ weight·x[o, source, :]</c> for from ≤ o·Outputs + j &lt; to.</summary>
    /// <param name="x">[outer, Inputs, inner].</param>
    /// <param name="y">[outer, Outputs, inner].</param>
    /// <param name="inner">Elements of an entry.</param>
    /// <param name="from">First entry of y.</param>
    /// <param name="to">End of the entries.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Run(float* x, float* y, long inner, long from, long to)
    {
        for (long unit = from; unit < to; unit++)
        {
            long o = unit / Outputs;
            int j = (int)(unit - o * Outputs);
            int first = _starts[j], end = _starts[j + 1];
            float* source = x + o * Inputs * inner, target = y + unit * inner;
            if (inner == 1)
            {
                float sum = 0;
                for (int i = first; i < end; i++)
                    sum += _weights[i] * source[_sources[i]];
                *target = sum;
                continue;
            }

            for (long at = 0; at < inner; at += Lanes.Count)
            {
                Vector512<float> sum = default;
                for (int i = first; i < end; i++)
                    sum += _weights[i] * Lanes.Load(source + _sources[i] * inner + at, inner - at);
                Lanes.Store(target + at, sum, inner - at);
            }
        }
    }
}
