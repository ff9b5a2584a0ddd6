using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Tests.Cuda.Runtime;

/// <summary>A call to compare: shapes of operands that are filled with made-up numbers, or operands themselves.</summary>
/// <param name="Bound">Of |CUDA − CPU| / max(1, |CPU|), element by element; 0 asks for the same bits.</param>
public sealed record KernelCase(string Kernel, TensorData?[] Inputs, string[] Outputs, double Bound, Attributes Attributes)
{
    /// <summary>Unlike for every element and operand, between −2 and 2, a few of them equal between operands.</summary>
    public static TensorData Numbers(long[] shape, int seed = 0, float low = -2, float high = 2)
    {
        ImmutableArray<long> dims = [.. shape];
        float[] values = new float[TensorData.CountOf(dims)];
        for (int i = 0; i < values.Length; i++)
            values[i] = low + (high - low) * ((i * 7919 + seed * 104729) % 997) / 996f;
        return TensorData.Floats(dims, values);
    }

    /// <summary>The numbers of <see cref="Numbers"/> as f16 or bf16.</summary>
    public static TensorData Halves(DType half, long count, int seed = 0)
    {
        float[] values = Numbers([count], seed).As<float>().ToArray();
        return half == DType.F16 ? TensorData.Of<Half>(half, [count], Array.ConvertAll(values, v => (Half)v)) : TensorData.Of<BFloat16>(half, [count], Array.ConvertAll(values, BFloat16.Of));
    }

    /// <summary>Whole numbers between −9 and 9 without 0.</summary>
    public static TensorData Whole(long[] shape, int seed = 0)
    {
        ImmutableArray<long> dims = [.. shape];
        long[] values = new long[TensorData.CountOf(dims)];
        for (int i = 0; i < values.Length; i++)
            values[i] = ((i * 31 + seed * 17) % 9 + 1) * (i % 2 == 0 ? 1 : -1);
        return TensorData.Longs(dims, values);
    }

    public static TensorData Bools(params long[] shape)
    {
        ImmutableArray<long> dims = [.. shape];
        byte[] values = new byte[TensorData.CountOf(dims)];
        for (int i = 0; i < values.Length; i++)
            values[i] = (byte)(i * 5 % 3 == 0 ? 1 : 0);
        return TensorData.Of<byte>(DType.Bool, dims, values);
    }

    public override string ToString() => $"{Kernel}({string.Join(", ", Inputs.Select(i => i is null ? "_" : $"[{string.Join(',', i.Shape)}]"))})";
}
