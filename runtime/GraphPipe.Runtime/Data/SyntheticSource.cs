using System.Buffers.Binary;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>
/// Made-up data of the right types and shapes: floats uniform in [-1, 1), whole numbers in [0, limit). The same for the same seed on every
/// platform. For trying and measuring, not for learning.
/// </summary>
/// <param name="specs">What the model wants.</param>
/// <param name="miniBatch">Samples of a mini-batch.</param>
/// <param name="batches">Mini-batches of an epoch.</param>
/// <param name="seed">Chooses the numbers.</param>
/// <param name="limits">By input name: the number of classes or the size of a vocabulary; 2 for what is not listed.</param>
public sealed class SyntheticSource(
    IReadOnlyList<InputSpec> specs, long miniBatch, int batches, long seed = 0, IReadOnlyDictionary<string, long>? limits = null) : IBatchSource
{
    public IEnumerable<MiniBatch> Epoch(int epoch)
    {
        for (int batch = 0; batch < batches; batch++)
        {
            var random = CounterRandom.Of(seed).Fork(epoch).Fork(batch);
            yield return new MiniBatch(miniBatch, specs.Select((s, i) => KeyValuePair.Create(s.Name, Make(s, random.Fork(i)))));
        }
    }

    private TensorData Make(InputSpec spec, CounterRandom random)
    {
        var shape = spec.Shape.At(miniBatch);
        long count = TensorData.CountOf(shape), limit = limits?.GetValueOrDefault(spec.Name, 2) ?? 2;
        byte[] bytes = new byte[spec.Type.Size(count).Value];
        int size = spec.Type.Bits() / 8;
        for (int i = 0; i < count; i++)
            Write(bytes.AsSpan(i * size, size), spec.Type, random, i, limit);
        return new TensorData(spec.Type, shape, bytes);
    }

    private static void Write(Span<byte> element, DType type, CounterRandom random, long counter, long limit)
    {
        float value = 2 * random.Uniform(counter) - 1;
        switch (type)
        {
            case DType.F32:
                BinaryPrimitives.WriteSingleLittleEndian(element, value);
                break;
            case DType.F64:
                BinaryPrimitives.WriteDoubleLittleEndian(element, value);
                break;
            case DType.F16:
                BinaryPrimitives.WriteHalfLittleEndian(element, (Half)value);
                break;
            case DType.BF16:
                BinaryPrimitives.WriteUInt16LittleEndian(element, BFloat16.Of(value).Bits);
                break;
            default:
                Span<byte> whole = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(whole, random.Below(counter, type == DType.Bool ? 2 : limit));
                whole[..element.Length].CopyTo(element);
                break;
        }
    }
}
