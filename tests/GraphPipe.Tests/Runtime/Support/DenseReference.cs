using GraphPipe.Bundle;
using GraphPipe.Runtime;

namespace GraphPipe.Tests.Runtime;

/// <summary>The same training in plain double loops, one sample after the other.</summary>
internal sealed class DenseReference
{
    private readonly DenseModel _model;
    private readonly Dictionary<string, double[]> _momentum = [];

    public DenseReference(DenseModel model, Dictionary<string, TensorData> weights)
    {
        _model = model;
        foreach (var (name, value) in weights)
            Weights[name] = [.. value.As<float>().ToArray().Select(v => (double)v)];
    }

    public Dictionary<string, double[]> Weights { get; } = [];

    public Dictionary<string, double[]> Gradients { get; } = [];

    /// <summary>Output of the last forward, row by row.</summary>
    public List<double> Output { get; } = [];

    public double Step(MiniBatch batch)
    {
        double loss = Gradient(batch);
        foreach (var (name, w) in Weights)
        {
            double[] g = Gradients[name];
            if (!_momentum.TryGetValue(name, out double[]? m))
                _momentum.Add(name, m = new double[w.Length]);
            for (int i = 0; i < w.Length; i++)
            {
                m[i] = _model.Momentum * m[i] + g[i];
                w[i] -= DenseModel.LearningRate * m[i];
            }
        }

        return loss;
    }

    public double Gradient(MiniBatch batch)
    {
        Output.Clear();
        foreach (var (name, w) in Weights)
            Gradients[name] = new double[w.Length];
        var x = batch["x"].As<float>();
        var t = batch["t"].As<float>();
        double loss = 0, scale = 1.0 / (batch.Samples * _model.OutputWidth);
        for (int s = 0; s < batch.Samples; s++)
        {
            double[] input = [.. x.Slice(s * DenseModel.InputWidth, DenseModel.InputWidth).ToArray().Select(v => (double)v)];
            double[] target = [.. t.Slice(s * _model.OutputWidth, _model.OutputWidth).ToArray().Select(v => (double)v)];
            loss += Sample(input, target, scale);
        }

        return loss;
    }

    private double Sample(double[] x, double[] target, double scale)
    {
        int last = _model.Nodes.Length - 1;
        double[][] ins = new double[last + 1][], a = new double[last + 1][], da = new double[last + 1][];
        for (int n = 0; n <= last; n++)
        {
            int width = _model.Nodes[n].Width;
            ins[n] = new double[_model.InWidth(n)];
            foreach (int source in _model.Nodes[n].Inputs)
            {
                for (int i = 0; i < ins[n].Length; i++)
                    ins[n][i] += source < 0 ? x[i] : a[source][i];
            }

            a[n] = [.. Weights[$"b{n}"]];
            da[n] = new double[width];
            for (int j = 0; j < width; j++)
            {
                for (int i = 0; i < ins[n].Length; i++)
                    a[n][j] += ins[n][i] * Weights[$"w{n}"][i * width + j];
                if (n != last)
                    a[n][j] = Math.Max(0, a[n][j]);
            }
        }

        Output.AddRange(a[last]);
        double loss = 0;
        for (int j = 0; j < target.Length; j++)
        {
            loss += scale * (a[last][j] - target[j]) * (a[last][j] - target[j]);
            da[last][j] = 2 * scale * (a[last][j] - target[j]);
        }

        for (int n = last; n >= 0; n--)
        {
            int width = _model.Nodes[n].Width;
            for (int j = 0; j < width; j++)
            {
                double dz = n == last || a[n][j] > 0 ? da[n][j] : 0;
                Gradients[$"b{n}"][j] += dz;
                for (int i = 0; i < ins[n].Length; i++)
                {
                    Gradients[$"w{n}"][i * width + j] += ins[n][i] * dz;
                    foreach (int source in _model.Nodes[n].Inputs.Where(s => s >= 0))
                        da[source][i] += Weights[$"w{n}"][i * width + j] * dz;
                }
            }
        }

        return loss;
    }
}
