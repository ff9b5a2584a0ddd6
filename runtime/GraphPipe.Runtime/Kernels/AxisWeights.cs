namespace GraphPipe.Runtime;

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

    /// <summary>For each entry of the result where its terms begin in <see cref="Sources"/> and <see cref="Weights"/>; one more for where they end.</summary>
    public ReadOnlySpan<int> Starts => _starts;

    /// <summary>The entries of the operand, entry of the result by entry of the result.</summary>
    public ReadOnlySpan<int> Sources => _sources;

    /// <summary>How much of each.</summary>
    public ReadOnlySpan<float> Weights => _weights;

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
}
