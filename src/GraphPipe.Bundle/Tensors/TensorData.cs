using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace GraphPipe.Bundle;

/// <summary>
/// The elements of a tensor of fixed shape, little-endian and row-major, as stored in a model or a weights file. Immutable; large data may
/// be a memory-mapped view of a file.
/// </summary>
public sealed class TensorData
{
    private readonly Lazy<ReadOnlyMemory<byte>>? _made;
    private readonly ReadOnlyMemory<byte> _bytes;
    private string? _hash;

    /// <param name="type">Element type; not <see cref="DType.String"/>.</param>
    /// <param name="shape">Dimensions.</param>
    /// <param name="bytes">Exactly as many bytes as the shape needs.</param>
    /// <exception cref="ArgumentException">The number of bytes is wrong.</exception>
    public TensorData(DType type, ImmutableArray<long> shape, ReadOnlyMemory<byte> bytes)
    {
        long elements = CountOf(shape);
        if (type is DType.String or DType.Undefined || type.Size(elements).Value != bytes.Length)
            throw new ArgumentException($"a tensor {type.Text()}[{string.Join(',', shape)}] does not have {bytes.Length} bytes");
        Type = type;
        Shape = shape;
        _bytes = bytes;
        Strings = [];
    }

    /// <summary>A tensor whose elements are made when somebody first looks at them: what only needs the shapes of a large model does not pay for its weights.</summary>
    /// <param name="make">Exactly as many bytes as the shape needs; called once.</param>
    public TensorData(DType type, ImmutableArray<long> shape, Func<ReadOnlyMemory<byte>> make)
    {
        Type = type;
        Shape = shape;
        _made = new(() => new TensorData(type, shape, make()).Bytes);
        Strings = [];
    }

    /// <summary>A tensor of strings (their UTF-8 bytes).</summary>
    public TensorData(ImmutableArray<long> shape, ImmutableArray<ReadOnlyMemory<byte>> strings)
    {
        if (CountOf(shape) != strings.Length)
            throw new ArgumentException($"a tensor str[{string.Join(',', shape)}] does not have {strings.Length} strings");
        Type = DType.String;
        Shape = shape;
        Strings = strings;
    }

    public DType Type { get; }

    public ImmutableArray<long> Shape { get; }

    /// <summary>The elements; empty for strings.</summary>
    public ReadOnlyMemory<byte> Bytes => _made?.Value ?? _bytes;

    /// <summary>The elements of a string tensor, else empty.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Strings { get; }

    public long Count => CountOf(Shape);

    /// <summary>The first 16 hexadecimal digits of the SHA-256 of type, shape and elements: the name of the content.</summary>
    public string Hash => _hash ??= ComputeHash();

    public static TensorData Of<T>(DType type, ImmutableArray<long> shape, ReadOnlySpan<T> values)
        where T : unmanaged => new(type, shape, MemoryMarshal.AsBytes(values).ToArray());

    public static TensorData Floats(ImmutableArray<long> shape, params ReadOnlySpan<float> values) => Of(DType.F32, shape, values);

    public static TensorData Longs(ImmutableArray<long> shape, params ReadOnlySpan<long> values) => Of(DType.I64, shape, values);

    /// <summary>The elements seen as <typeparamref name="T"/>.</summary>
    public ReadOnlySpan<T> As<T>()
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(Bytes.Span);

    /// <summary>The same elements under another shape.</summary>
    public TensorData Reshaped(ImmutableArray<long> shape) => Type == DType.String ? new(shape, Strings) : _made is null ? new(Type, shape, _bytes) : new(Type, shape, () => Bytes);

    /// <summary>Whole numbers and booleans as 64-bit values.</summary>
    /// <exception cref="InvalidOperationException">The elements are no whole numbers.</exception>
    public long[] ToLongs()
    {
        long[] result = new long[Count];
        for (int i = 0; i < result.Length; i++)
            result[i] = LongAt(i);
        return result;
    }

    /// <summary>One element as a 64-bit whole number.</summary>
    public long LongAt(int index) => Type switch
    {
        DType.I64 => As<long>()[index],
        DType.U64 => checked((long)As<ulong>()[index]),
        DType.I32 => As<int>()[index],
        DType.U32 => As<uint>()[index],
        DType.I16 => As<short>()[index],
        DType.U16 => As<ushort>()[index],
        DType.I8 => As<sbyte>()[index],
        DType.U8 or DType.Bool => As<byte>()[index],
        _ => throw new InvalidOperationException($"a tensor of {Type.Text()} has no whole numbers"),
    };

    /// <summary>One element as a double.</summary>
    public double DoubleAt(int index) => Type switch
    {
        DType.F32 => As<float>()[index],
        DType.F64 => As<double>()[index],
        DType.F16 => (double)As<Half>()[index],
        DType.BF16 => As<BFloat16>()[index].ToSingle(),
        _ => LongAt(index),
    };

    public bool SameAs(TensorData other) =>
        ReferenceEquals(this, other) || (Type == other.Type && Shape.AsSpan().SequenceEqual(other.Shape.AsSpan()) && Hash == other.Hash);

    public override string ToString() => $"{Type.Text()}[{string.Join(',', Shape)}]";

    public static long CountOf(ImmutableArray<long> shape)
    {
        long count = 1;
        foreach (long dim in shape)
            count = checked(count * dim);
        return count;
    }

    private string ComputeHash()
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(Encoding.UTF8.GetBytes(ToString()));
        sha.AppendData(Bytes.Span);
        foreach (var text in Strings)
        {
            sha.AppendData(BitConverter.GetBytes((long)text.Length));
            sha.AppendData(text.Span);
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset())[..16];
    }
}
