using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Tests;

/// <summary>Models of f32 as their exporter would have written them in f16 or bf16: all values, parameters and constants of another type, no op changed.</summary>
internal static class HalfModels
{
    /// <param name="module">At level onnx.</param>
    /// <param name="half">f16 or bf16.</param>
    public static Module Of(Module module, DType half) => module with
    {
        Values = [.. module.Values.Select(v => v with { Type = v.Tensor is { Type: DType.F32 } type ? type with { Type = half } : v.Type })],
        Parameters = [.. module.Parameters.Select(p => p with { Data = p.Data is { Type: DType.F32 } data ? Rounded(data, half) : p.Data, KnownHash = "" })],
        Graph = module.Graph with { Ops = [.. module.Graph.Ops.Select(op => op with { Attributes = Of(op.Attributes, half) })] },
    };

    /// <summary>The elements rounded to f16 or bf16; what is no f32 stays as it is.</summary>
    public static TensorData Rounded(TensorData data, DType half) => data.Type != DType.F32 ? data
        : half == DType.F16 ? TensorData.Of<Half>(half, data.Shape, Array.ConvertAll(data.As<float>().ToArray(), v => (Half)v))
        : TensorData.Of<ushort>(half, data.Shape, Array.ConvertAll(data.As<float>().ToArray(), BFloat16));

    /// <summary>One number, of which f32 is computed, rounded to f16 or bf16.</summary>
    public static double Rounded(double value, DType half) => half == DType.F16 ? (double)(Half)(float)value : BitConverter.Int32BitsToSingle(BFloat16((float)value) << 16);

    // Half a step is added to the bits, a bit less where the even neighbour is below.
    private static ushort BFloat16(float value)
    {
        int bits = BitConverter.SingleToInt32Bits(value);
        int below = bits & ~0xFFFF, rest = bits & 0xFFFF;
        bool up = rest > 0x8000 || (rest == 0x8000 && (below & 0x10000) != 0);
        return (ushort)(((uint)below >> 16) + (up ? 1u : 0u));
    }

    private static Attributes Of(Attributes attributes, DType half)
    {
        foreach (var (name, value) in attributes.Pairs)
        {
            if (value is IrAttribute.Tensor { Value: { Type: DType.F32 } data })
                attributes = attributes.With(name, new IrAttribute.Tensor(Rounded(data, half)));
            else if (value is AttributeValue.Text { Value: "f32" } && name == "to")
                attributes = attributes.With(name, half.Text());
        }

        return attributes;
    }
}
