using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>A value of any element type, and how many of it to write.</summary>
internal sealed unsafe class Filling
{
    private readonly ulong _bits;
    private readonly int _elementSize;
    private readonly long _count;

    private Filling(ulong bits, int elementSize, long count) => (_bits, _elementSize, _count) = (bits, elementSize, count);

    /// <summary>Zeros, of any type.</summary>
    public static Filling Zeros(OperandType result) => new(0, 1, result.Bytes);

    /// <summary><paramref name="value"/> in the type of <paramref name="result"/>; null if it has none that we write.</summary>
    public static Filling? Of(OperandType result, float value) => result.Type switch
    {
        _ when BitConverter.SingleToInt32Bits(value) == 0 => Zeros(result),
        DType.F32 => new(BitConverter.SingleToUInt32Bits(value), 4, result.Count),
        DType.F64 => new(BitConverter.DoubleToUInt64Bits(value), 8, result.Count),
        DType.F16 => new(BitConverter.HalfToUInt16Bits((Half)value), 2, result.Count),
        DType.Bool => new(value == 0 ? 0UL : 1UL, 1, result.Count),
        _ when result.Type.IsInteger() => new((ulong)(long)value, result.Type.Bits() / 8, result.Count),
        _ => null,
    };

    public void Run(void* target)
    {
        for (long done = 0; done < _count;)
        {
            // A span holds no more than an int counts.
            int length = (int)Math.Min(_count - done, 1 << 30);
            byte* at = (byte*)target + done * _elementSize;
            switch (_elementSize)
            {
                case 1: new Span<byte>(at, length).Fill((byte)_bits); break;
                case 2: new Span<ushort>(at, length).Fill((ushort)_bits); break;
                case 4: new Span<uint>(at, length).Fill((uint)_bits); break;
                default: new Span<ulong>(at, length).Fill(_bits); break;
            }

            done += length;
        }
    }
}
