using GraphPipe.Bundle;

namespace GraphPipe.Tests.Api;

/// <summary>
/// Two layers, y = tanh(x·w1 + b1)·w2 + b2, trained on the mean squared error by SGD with momentum, in double precision with a rounding to the half wherever
/// the model's ops hand on a half: results of ops, their gradients, parameters. Sums of a parameter's gradient and momentum are not rounded.
/// </summary>
internal sealed class HalfReference(DType half, IReadOnlyDictionary<string, TensorData> weights, double rate, double momentum)
{
    private readonly Dictionary<string, double[]> _momentum = [];

    public Dictionary<string, double[]> Weights { get; } = weights.ToDictionary(w => w.Key, w => Doubles(w.Value));

    public Dictionary<string, double[]> Gradients { get; } = [];

    /// <returns>The loss.</returns>
    public double Step(TensorData inputs, TensorData targets)
    {
        int samples = (int)inputs.Shape[0], width = (int)inputs.Shape[1], outputs = (int)targets.Shape[1], inner = Weights["fc1.bias"].Length;
        double[] x = Doubles(inputs), w1 = Weights["fc1.weight"], w2 = Weights["fc2.weight"];
        double[] h = Layer(x, w1, Weights["fc1.bias"], samples, width, inner);
        double[] a = [.. h.Select(v => Round(Math.Tanh(v)))];
        double[] y = Layer(a, w2, Weights["fc2.bias"], samples, inner, outputs);
        double loss = 0;
        double[] dy = new double[y.Length];
        for (int i = 0; i < y.Length; i++)
        {
            double error = y[i] - targets.DoubleAt(i);
            loss += error * error / y.Length;
            dy[i] = Round(2 * error / y.Length);
        }

        double[] da = Back(dy, w2, samples, outputs, inner);
        double[] dh = [.. da.Select((d, i) => Round(d * (1 - a[i] * a[i])))];
        (Gradients["fc1.weight"], Gradients["fc1.bias"]) = Sums(x, dh, samples, width, inner);
        (Gradients["fc2.weight"], Gradients["fc2.bias"]) = Sums(a, dy, samples, inner, outputs);
        foreach (var (name, w) in Weights)
        {
            if (!_momentum.TryGetValue(name, out double[]? m))
                _momentum.Add(name, m = new double[w.Length]);
            for (int i = 0; i < w.Length; i++)
            {
                m[i] = momentum * m[i] + Gradients[name][i];
                w[i] = Round(w[i] - rate * m[i]);
            }
        }

        return loss;
    }

    private static double[] Doubles(TensorData data) => [.. Enumerable.Range(0, (int)data.Count).Select(data.DoubleAt)];

    private double Round(double value) => HalfModels.Rounded(value, half);

    // Weights are [outputs, inputs], as PyTorch keeps them.
    private double[] Layer(double[] x, double[] w, double[] b, int samples, int inputs, int outputs)
    {
        double[] y = new double[samples * outputs];
        for (int s = 0; s < samples; s++)
        {
            for (int o = 0; o < outputs; o++)
            {
                double sum = b[o];
                for (int i = 0; i < inputs; i++)
                    sum += x[s * inputs + i] * w[o * inputs + i];
                y[s * outputs + o] = Round(sum);
            }
        }

        return y;
    }

    private double[] Back(double[] dy, double[] w, int samples, int outputs, int inputs)
    {
        double[] dx = new double[samples * inputs];
        for (int s = 0; s < samples; s++)
        {
            for (int i = 0; i < inputs; i++)
                dx[s * inputs + i] = Round(Enumerable.Range(0, outputs).Sum(o => dy[s * outputs + o] * w[o * inputs + i]));
        }

        return dx;
    }

    private static (double[] Weight, double[] Bias) Sums(double[] x, double[] dy, int samples, int inputs, int outputs)
    {
        double[] weight = new double[outputs * inputs], bias = new double[outputs];
        for (int s = 0; s < samples; s++)
        {
            for (int o = 0; o < outputs; o++)
            {
                double d = dy[s * outputs + o];
                bias[o] += d;
                for (int i = 0; i < inputs; i++)
                    weight[o * inputs + i] += d * x[s * inputs + i];
            }
        }

        return (weight, bias);
    }
}
