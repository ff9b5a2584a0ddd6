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
    public static Filling? Of(OperandType result, float value) => ElementBits.Of(result.Type, value) is { } bits ? new(bits, result.Type.Bits() / 8, result.Count) : null;

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
