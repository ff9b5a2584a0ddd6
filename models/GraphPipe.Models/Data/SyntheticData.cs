using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Models;

/// <summary>
/// Made-up data that a model can learn, the same bits for the same seed on every machine. What there is to learn depends on
/// <paramref name="seed"/> only; which samples are drawn, on the seed given to <see cref="Draw"/>: training and validation data are two
/// draws from one source.
/// <list type="bullet">
/// <item>Classification (output [N,classes]): a class has a mean of its own in every float input (<paramref name="signal"/> times a
/// normal number per feature), samples lie around it with deviation 1, so that every input tells a little; in whole-number inputs half
/// of the indices are the class's own.</item>
/// <item>Language (output [N,vocabulary,sequence]): a hidden class per sample says how far each token lies behind the last; one token in
/// ten is random. Float inputs show the class. The target is the next token.</item>
/// <item>Regression: a random teacher, the product of two linear functions of the float inputs plus a number per index.</item>
/// </list>
/// </summary>
/// <param name="model">Says what inputs and target look like.</param>
/// <param name="seed">Chooses what there is to learn.</param>
/// <param name="signal">Distance between classes, against noise of 1.</param>
public sealed class SyntheticData(BuiltModel model, long seed = 0, float signal = 0.25f)
{
    private const int HiddenClasses = 4;
    private const int NoiseOneIn = 10;

    private readonly Module _module = model.Module;

    /// <summary>Samples for every input, and the target.</summary>
    /// <param name="samples">How many; from 1.</param>
    /// <param name="draw">Chooses the samples.</param>
    public TensorSet Draw(int samples, long draw)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples);
        var output = _module.TensorOf(_module.Graph.Outputs[0]).KnownShape;
        bool language = model.Loss == LossKind.CrossEntropy && output.Rank == 3;
        long classes = language ? HiddenClasses : model.Loss == LossKind.CrossEntropy ? model.Ranges[BuiltModel.Target] : 1;
        long[] chosen = Choose(samples, classes, draw);
        var tensors = new List<KeyValuePair<string, TensorData>>();
        TensorData? following = null;
        foreach (var input in _module.Graph.Inputs)
        {
            string name = _module[input].Name;
            var type = _module.TensorOf(input);
            var shape = type.KnownShape.At(samples);
            TensorData data;
            if (type.Type == DType.F32)
                data = Around(name, shape, chosen, model.Loss == LossKind.Mse ? 0 : signal, draw);
            else if (language)
                (data, following) = Tokens(name, shape, chosen, model.Ranges[name], draw);
            else
                data = Indices(name, shape, chosen, model.Ranges[name], draw);
            tensors.Add(KeyValuePair.Create(name, data));
        }

        var target = following ?? (model.Loss == LossKind.Mse ? Teacher(tensors, output.At(samples)) : TensorData.Longs([samples], chosen));
        tensors.Add(KeyValuePair.Create(BuiltModel.Target, target));
        return new TensorSet(tensors);
    }

    /// <summary>Writes a draw to a file, <c>.npz</c> or <c>.safetensors</c> by its ending.</summary>
    /// <exception cref="DiagnosticException">GP5007: the file can't be written.</exception>
    public void Save(string path, int samples, long draw)
    {
        var tensors = Draw(samples, draw);
        if (path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase))
            Npz.Write(path, tensors);
        else
            Safetensors.Write(path, tensors);
    }

    // Classes in turn, so that each is as frequent as the others, then shuffled.
    private long[] Choose(int samples, long classes, long draw)
    {
        var numbers = CounterRandom.Of(draw).Fork($"{seed}/class");
        long[] chosen = [.. Enumerable.Range(0, samples).Select(i => i % classes)];
        for (int i = samples - 1; i > 0; i--)
        {
            int j = (int)numbers.Below(i, i + 1);
            (chosen[i], chosen[j]) = (chosen[j], chosen[i]);
        }

        return chosen;
    }

    /// <summary>Normal numbers around the mean of the sample's class.</summary>
    private TensorData Around(string name, ImmutableArray<long> shape, long[] chosen, float distance, long draw)
    {
        var means = CounterRandom.Of(seed).Fork($"mean/{name}");
        var noise = CounterRandom.Of(draw).Fork($"{seed}/noise/{name}");
        // A class's mean is the same at all positions of a sequence, so that a mean over them keeps it.
        long features = shape[^1];
        float[] values = new float[TensorData.CountOf(shape)];
        long each = values.Length / chosen.Length;
        for (long i = 0; i < values.Length; i++)
            values[i] = noise.Normal(i) + distance * means.Normal(chosen[i / each] * features + i % features);
        return TensorData.Floats(shape, values);
    }

    /// <summary>Indices, half of them from the few that belong to the class.</summary>
    private TensorData Indices(string name, ImmutableArray<long> shape, long[] chosen, long range, long draw)
    {
        var own = CounterRandom.Of(seed).Fork($"own/{name}");
        var numbers = CounterRandom.Of(draw).Fork($"{seed}/index/{name}");
        long[] values = new long[TensorData.CountOf(shape)];
        long each = values.Length / chosen.Length;
        for (long i = 0; i < values.Length; i++)
            values[i] = numbers.Below(2 * i, 2) == 0 ? own.Below(chosen[i / each], range) : numbers.Below(2 * i + 1, range);
        return TensorData.Longs(shape, values);
    }

    /// <summary>Sequences that count on by the class plus one, and the same moved by one place.</summary>
    private (TensorData Tokens, TensorData Following) Tokens(string name, ImmutableArray<long> shape, long[] chosen, long range, long draw)
    {
        var numbers = CounterRandom.Of(draw).Fork($"{seed}/token/{name}");
        long length = shape[^1];
        long[] tokens = new long[TensorData.CountOf(shape)], following = new long[tokens.Length];
        for (long sample = 0; sample < chosen.Length; sample++)
        {
            long counter = 2 * sample * (length + 1);
            long token = numbers.Below(counter, range);
            for (long i = 0; i < length; i++)
            {
                long at = sample * length + i;
                counter += 2;
                tokens[at] = token;
                token = numbers.Below(counter, NoiseOneIn) == 0 ? numbers.Below(counter + 1, range) : (token + chosen[sample] + 1) % range;
                following[at] = token;
            }
        }

        return (TensorData.Longs(shape, tokens), TensorData.Longs(shape, following));
    }

    /// <summary>The teacher's answer, about as large as a normal number.</summary>
    private TensorData Teacher(List<KeyValuePair<string, TensorData>> inputs, ImmutableArray<long> shape)
    {
        float[] values = new float[TensorData.CountOf(shape)];
        long each = values.Length / shape[0];
        for (int i = 0; i < values.Length; i++)
        {
            long sample = i / each, part = i % each;
            double first = 1, second = 0, indexed = 0;
            long floats = 0, indices = 0;
            foreach (var (name, data) in inputs)
            {
                var weights = CounterRandom.Of(seed).Fork($"teacher/{name}/{part}");
                int size = (int)(data.Count / shape[0]), start = (int)sample * size;
                for (int j = 0; j < size; j++)
                {
                    if (data.Type == DType.F32)
                    {
                        first += 0.5 * data.As<float>()[start + j] * weights.Normal(2 * j) / Math.Sqrt(size);
                        second += data.As<float>()[start + j] * weights.Normal(2 * j + 1) / Math.Sqrt(size);
                    }
                    else
                    {
                        indexed += weights.Normal(data.As<long>()[start + j]);
                    }
                }

                floats += data.Type == DType.F32 ? 1 : 0;
                indices += data.Type == DType.F32 ? 0 : size;
            }

            values[i] = (float)(first * second / Math.Max(1, floats) + indexed / Math.Sqrt(Math.Max(1, indices)));
        }

        return TensorData.Floats(shape, values);
    }
}
