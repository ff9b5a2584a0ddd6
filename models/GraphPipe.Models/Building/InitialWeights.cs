using System.Collections.Immutable;
using System.Runtime.InteropServices;
using GraphPipe.Bundle;

namespace GraphPipe.Models;

/// <summary>What a parameter starts with.</summary>
public abstract record InitialWeights
{
    private InitialWeights()
    {
    }

    public static InitialWeights Zeros { get; } = new Filled(0);

    public static InitialWeights Ones { get; } = new Filled(1);

    /// <summary>PyTorch's default for linear layers and convolutions: uniform, bounded by one over the root of a unit's inputs.</summary>
    public static InitialWeights ForInputs(long fanIn) => new Uniform(1 / MathF.Sqrt(fanIn));

    internal abstract float Number(CounterRandom numbers, long counter);

    internal TensorData Make(ImmutableArray<long> shape, CounterRandom numbers) => new(DType.F32, shape, () =>
    {
        byte[] bytes = new byte[TensorData.CountOf(shape) * sizeof(float)];
        var values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        for (int i = 0; i < values.Length; i++)
            values[i] = Number(numbers, i);
        return bytes;
    });

    /// <summary>The same number everywhere.</summary>
    public sealed record Filled(float Value) : InitialWeights
    {
        internal override float Number(CounterRandom numbers, long counter) => Value;
    }

    /// <summary>Uniform in [-bound, bound).</summary>
    public sealed record Uniform(float Bound) : InitialWeights
    {
        internal override float Number(CounterRandom numbers, long counter) => (2 * numbers.Uniform(counter) - 1) * Bound;
    }

    /// <summary>Normal with mean 0.</summary>
    public sealed record Normal(float Deviation) : InitialWeights
    {
        internal override float Number(CounterRandom numbers, long counter) => numbers.Normal(counter) * Deviation;
    }
}
