using GraphPipe.Bundle;
using GraphPipe.Runtime;

namespace GraphPipe.Tests.Api;

/// <summary>
/// Asynchronous training as the papers write it down, on one thread: for each generation of micro-batches it puts into every parameter the weights that its stage would see, asks one stage on one
/// device for the gradients, and applies them to the newest weights with an optimizer of its own. Versions come from closed forms, not from a plan.
/// </summary>
internal sealed class AsynchronousReference : IDisposable
{
    private readonly string _schedule;
    private readonly OptimizerSettings _optimizer;
    private readonly int _microBatches;
    private readonly int _every;
    private readonly TrainingSession _one;
    private readonly Dictionary<string, Parameter> _parameters;
    private int _steps;

    /// <param name="schedule">Without what follows a colon.</param>
    /// <param name="one">The model as one stage, with the plan's sums.</param>
    /// <param name="depthOf">By trained parameter: the stages on the longest path from its stage to an end.</param>
    /// <param name="microBatches">Of a mini-batch.</param>
    /// <param name="every">Micro-batches between two updates.</param>
    public AsynchronousReference(string schedule, StageBundle one, IReadOnlyDictionary<string, int> depthOf, int microBatches, int every)
    {
        _schedule = schedule;
        _optimizer = one.Manifest.Optimizer!;
        _microBatches = microBatches;
        _every = every;
        _one = new TrainingSession(one);
        _parameters = _one.Weights().ToDictionary(w => w.Key, w => new Parameter(Floats(w.Value), Math.Min(depthOf[w.Key], microBatches)));
    }

    /// <summary>The newest weights.</summary>
    public float[] this[string parameter] => _parameters[parameter].Versions[^1];

    /// <summary>One mini-batch, given as its generations.</summary>
    /// <returns>The mean of the generations' losses.</returns>
    public double Step(IReadOnlyList<MiniBatch> generations)
    {
        double loss = 0;
        foreach (var p in _parameters.Values)
            p.Versions.RemoveRange(0, p.Versions.Count - 1);
        int before = _steps;
        for (int g = 0; g < generations.Count; g++)
        {
            foreach (var (name, p) in _parameters)
                _one.Executor.SetParameter(name, Tensor(name, Seen(p, g, before)));
            loss += _one.Step(generations[g]).Loss;
            _steps++;
            foreach (var (name, p) in _parameters)
                p.Versions.Add(Update(p, Floats(_one.Executor.GetGradient(name))));
            foreach (var p in _parameters.Values)
                p.Moments.Add(((float[])p.Mean.Clone(), (float[])p.Square.Clone()));
        }

        foreach (var p in _parameters.Values)
            p.Moments.RemoveRange(0, p.Moments.Count - 1);
        return loss / generations.Count;
    }

    public void Dispose() => _one.Dispose();

    // 1F1B: stage s has w micro-batches in flight, so max(0, i − w + 1) backwards come before its forward i.
    private float[] Seen(Parameter p, int generation, int before)
    {
        int updates = Math.Max(0, generation * _every - p.InFlight + 1) / _every;
        switch (_schedule)
        {
            case "pipedream":
                return p.Versions[updates];
            case "pipedream-2bw":
                return p.Versions[Math.Max(0, generation - 1)];
            default:
                return Predicted(p, updates, generation - updates, before + updates);
        }
    }

    private float[] Predicted(Parameter p, int updates, int ahead, int steps)
    {
        if (ahead == 0 || steps == 0)
            return p.Versions[updates];
        var (mean, square) = p.Moments[updates];
        float root = (float)Math.Sqrt(1 - Math.Pow(_optimizer.Beta2, steps)), rate = (float)(-_optimizer.LearningRate * ahead / (1 - Math.Pow(_optimizer.Beta1, steps)));
        return [.. p.Versions[updates].Select((w, i) => w + rate * (mean[i] / (MathF.Sqrt(square[i]) / root + (float)_optimizer.Epsilon)))];
    }

    private float[] Update(Parameter p, float[] gradient)
    {
        float[] next = (float[])p.Versions[^1].Clone();
        for (int i = 0; i < next.Length; i++)
        {
            if (_optimizer.Name == "sgd")
            {
                p.Mean[i] = _optimizer.Momentum == 0 || _steps == 1 ? gradient[i] : (float)_optimizer.Momentum * p.Mean[i] + gradient[i];
                next[i] += -(float)_optimizer.LearningRate * p.Mean[i];
                continue;
            }

            p.Mean[i] += (float)(1 - _optimizer.Beta1) * (gradient[i] - p.Mean[i]);
            p.Square[i] = (float)_optimizer.Beta2 * p.Square[i] + (float)(1 - _optimizer.Beta2) * (gradient[i] * gradient[i]);
            float root = (float)Math.Sqrt(1 - Math.Pow(_optimizer.Beta2, _steps));
            next[i] += (float)(-_optimizer.LearningRate / (1 - Math.Pow(_optimizer.Beta1, _steps))) * (p.Mean[i] / (MathF.Sqrt(p.Square[i]) / root + (float)_optimizer.Epsilon));
        }

        return next;
    }

    private TensorData Tensor(string name, float[] values) => TensorData.Floats(_one.Executor.GetParameter(name).Shape, values);

    private static float[] Floats(TensorData tensor) => tensor.As<float>().ToArray();

    private sealed class Parameter(float[] start, int inFlight)
    {
        /// <summary>After 0, 1, 2 … updates of the mini-batch.</summary>
        public List<float[]> Versions { get; } = [start];

        public float[] Mean { get; } = new float[start.Length];

        public float[] Square { get; } = new float[start.Length];

        /// <summary>Mean and square after 0, 1, 2 … updates of the mini-batch.</summary>
        public List<(float[] Mean, float[] Square)> Moments { get; } = [(new float[start.Length], new float[start.Length])];

        public int InFlight => inFlight;
    }
}
