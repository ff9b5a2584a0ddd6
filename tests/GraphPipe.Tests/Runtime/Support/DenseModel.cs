using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Runtime;

namespace GraphPipe.Tests.Runtime;

/// <summary>A node: relu(W·(sum of its inputs) + b); the last one has no relu. An input of -1 is the model's input x.</summary>
internal sealed record DenseNode(int[] Inputs, int Width);

/// <summary>
/// A directed graph of dense layers and its training programs for any assignment of nodes to stages: a compiler small enough to be checked by
/// eye. Gradient contributions are summed in the order of the consumers, whatever the stages.
/// </summary>
internal sealed class DenseModel
{
    public const int InputWidth = 3;
    public const float LearningRate = 0.05f;

    public DenseModel(DenseNode[] nodes, float momentum = 0)
    {
        Nodes = nodes;
        Momentum = momentum;
    }

    public DenseNode[] Nodes { get; }

    public float Momentum { get; }

    /// <summary>Two layers in a row.</summary>
    public static DenseModel Chain(float momentum = 0) => new([new([-1], 5), new([0], 2)], momentum);

    /// <summary>One layer, two branches, one layer that joins them, and a skip around them.</summary>
    public static DenseModel Diamond(float momentum = 0) => new([new([-1], 4), new([0], 4), new([0], 4), new([1, 2], 4), new([0, 3], 2)], momentum);

    public int WidthOf(int node) => node < 0 ? InputWidth : Nodes[node].Width;

    public int InWidth(int node) => WidthOf(Nodes[node].Inputs[0]);

    public int OutputWidth => Nodes[^1].Width;

    public IEnumerable<int> ConsumersOf(int node) => Enumerable.Range(0, Nodes.Length).Where(i => Nodes[i].Inputs.Contains(node));

    public Dictionary<string, TensorData> Weights(long seed = 1)
    {
        var weights = new Dictionary<string, TensorData>();
        for (int i = 0; i < Nodes.Length; i++)
        {
            weights[$"w{i}"] = Random([InWidth(i), Nodes[i].Width], seed + 2 * i);
            weights[$"b{i}"] = Random([Nodes[i].Width], seed + 2 * i + 1);
        }

        return weights;
    }

    public MiniBatch Batch(long samples, long seed = 100) => new(
        samples,
        [new("x", Random([samples, InputWidth], seed)), new("t", Random([samples, OutputWidth], seed + 1))]);

    public static TensorData Random(ImmutableArray<long> shape, long seed)
    {
        var random = CounterRandom.Of(seed);
        float[] values = new float[TensorData.CountOf(shape)];
        for (int i = 0; i < values.Length; i++)
            values[i] = 2 * random.Uniform(i) - 1;
        return TensorData.Floats(shape, values);
    }
}
