using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace GraphPipe.Bundle;

/// <summary>Reads and writes .npy files, versions 1 to 3: one array of numpy's.</summary>
public static class Npy
{
    private const int LongestHeader = 1 << 20;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads an array; one in Fortran order is brought into row-major order.</summary>
    /// <param name="length">Bytes of the stream.</param>
    /// <exception cref="DiagnosticException">The source's code: malformed, or of a type that is not read here.</exception>
    public static TensorData Read(Stream stream, long length, InputSource source)
    {
        try
        {
            var header = ReadHeader(stream, source, out long headerLength);
            long left = length - headerLength;
            if (TensorSize.Of(header.Type, header.Shape) is not { } needed || needed != left)
                throw source.Malformed($"{header.Type.Text()}[{string.Join(',', header.Shape)}] does not take the {left} bytes that follow the header");
            if (needed > Array.MaxLength)
                throw source.Malformed($"the array has {needed} bytes; one tensor may have {Array.MaxLength}");
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)needed);
            stream.ReadExactly(bytes);
            if (header.Fortran && header.Shape.Length > 1)
                bytes = RowMajor(bytes, header.Shape, header.Type.Bits() / 8);
            return new TensorData(header.Type, header.Shape, bytes);
        }
        catch (IOException e)
        {
            throw source.Malformed($"can't be read: {e.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Writes an array as numpy does, the data on a border of 64 bytes.</summary>
    /// <exception cref="DiagnosticException">GP7004: numpy has no such element type.</exception>
    public static void Write(Stream stream, TensorData tensor)
    {
        if (!NpyHeader.Has(tensor.Type))
            throw new DiagnosticException(Diagnostic.Error(Codes.DataType, $"numpy files have no element type {tensor.Type.Text()}", advice: "write a .safetensors file"));
        string text = new NpyHeader(tensor.Type, false, tensor.Shape).ToString();
        int prefix = Magic.Length + 2 + sizeof(ushort);
        int total = (prefix + text.Length + 1 + 63) / 64 * 64;
        byte[] header = new byte[total];
        header.AsSpan().Fill((byte)' ');
        Magic.CopyTo(header);
        header[Magic.Length] = 1;
        header[Magic.Length + 1] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(Magic.Length + 2), checked((ushort)(total - prefix)));
        Encoding.Latin1.GetBytes(text, header.AsSpan(prefix));
        header[^1] = (byte)'\n';
        stream.Write(header);
        stream.Write(tensor.Bytes.Span);
    }

    /// <summary>True if a file starts as .npy files do.</summary>
    internal static bool IsNpy(ReadOnlySpan<byte> start) => start.StartsWith(Magic);

    private static NpyHeader ReadHeader(Stream stream, InputSource source, out long headerLength)
    {
        Span<byte> start = stackalloc byte[8];
        stream.ReadExactly(start);
        if (!IsNpy(start))
            throw source.Malformed("it does not start as a .npy array does");
        int version = start[6];
        if (version is < 1 or > 3)
            throw source.Malformed($"version {version} of the .npy format is not read here");
        Span<byte> lengthBytes = stackalloc byte[version == 1 ? 2 : 4];
        stream.ReadExactly(lengthBytes);
        uint length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(lengthBytes) : BinaryPrimitives.ReadUInt32LittleEndian(lengthBytes);
        if (length > LongestHeader)
            throw source.Malformed($"the header claims {length} bytes");
        byte[] text = new byte[length];
        stream.ReadExactly(text);
        headerLength = start.Length + lengthBytes.Length + length;
        return NpyHeader.Parse((version == 3 ? Encoding.UTF8 : Encoding.Latin1).GetString(text), source);
    }

    private static byte[] RowMajor(byte[] columns, ImmutableArray<long> shape, int size)
    {
        byte[] rows = GC.AllocateUninitializedArray<byte>(columns.Length);
        long[] strides = new long[shape.Length];
        long stride = size;
        for (int axis = 0; axis < shape.Length; axis++)
        {
            strides[axis] = stride;
            stride *= shape[axis];
        }

        long[] index = new long[shape.Length];
        long from = 0;
        for (int to = 0; to < rows.Length; to += size)
        {
            columns.AsSpan((int)from, size).CopyTo(rows.AsSpan(to, size));
            for (int axis = shape.Length - 1; axis >= 0; axis--)
            {
                from += strides[axis];
                if (++index[axis] < shape[axis])
                    break;
                from -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }

        return rows;
    }
}
