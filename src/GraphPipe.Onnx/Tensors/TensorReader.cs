using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Google.Protobuf.Collections;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx.Proto;

namespace GraphPipe.Onnx;

/// <summary>Elements of ONNX tensors, from raw bytes (not copied), typed fields or external files.</summary>
internal sealed class TensorReader(ExternalData external, DiagnosticBag bag)
{
    /// <summary>The tensor, or null and a GP1010 (or a code of <see cref="ExternalData"/>).</summary>
    /// <param name="where">The tensor in the user's terms, for diagnostics.</param>
    public TensorData? Read(TensorProto tensor, string where)
    {
        var type = ElementTypes.FromOnnx(tensor.DataType);
        if (type == DType.Undefined)
            return Fail($"element type {tensor.DataType} is none that ONNX defines", where);
        if (tensor.Segment is not null)
            return Fail("the tensor is stored in segments, which no ONNX version defines", where);
        if (Count(tensor.Dims) is not { } count || count > int.MaxValue || (type != DType.String && (Int128)count * type.Bits() > 8 * (Int128)int.MaxValue))
            return Fail($"shape [{string.Join(',', tensor.Dims)}] is negative or above 2 GiB", where);
        ImmutableArray<long> shape = [.. tensor.Dims];
        if (type == DType.String)
        {
            return tensor.StringData.Count == count && tensor.DataLocation != TensorProto.Types.DataLocation.External
                ? new TensorData(shape, [.. tensor.StringData.Select(s => s.Memory)])
                : Fail($"{tensor.StringData.Count} strings where the shape needs {count}", where);
        }

        long size = type.Size(count).Value;
        if (tensor.DataLocation == TensorProto.Types.DataLocation.External)
            return external.Read(tensor, size, where) is { } bytes ? new TensorData(type, shape, bytes) : null;
        if (tensor.HasRawData)
        {
            return tensor.RawData.Length == size
                ? new TensorData(type, shape, tensor.RawData.Memory)
                : Fail($"{tensor.RawData.Length} bytes of data where {type.Text()}[{string.Join(',', shape)}] needs {size}", where);
        }

        return Typed(tensor, type, count) is { } typed
            ? new TensorData(type, shape, typed)
            : Fail($"the number of elements differs from what {type.Text()}[{string.Join(',', shape)}] needs", where);
    }

    public IrAttribute.SparseTensor? Read(SparseTensorProto sparse, string where)
    {
        if (sparse.Values is null || sparse.Indices is null || Count(sparse.Dims) is null)
        {
            Fail("a sparse tensor lacks values, indices or a shape", where);
            return null;
        }

        if (Read(sparse.Values, where) is not { } values || Read(sparse.Indices, where) is not { } indices)
            return null;
        bool fits = indices.Type == DType.I64 && values.Shape.Length == 1
            && (indices.Shape.AsSpan().SequenceEqual([values.Count]) || indices.Shape.AsSpan().SequenceEqual([values.Count, sparse.Dims.Count]));
        if (fits)
            return new IrAttribute.SparseTensor(values, indices, [.. sparse.Dims]);
        Fail($"a sparse tensor has values {values} and indices {indices}", where);
        return null;
    }

    private static long? Count(RepeatedField<long> dims)
    {
        Int128 count = 1;
        foreach (long dim in dims)
        {
            if (dim < 0)
                return null;
            count *= dim;
            if (count > long.MaxValue / 16)
                return null;
        }

        return (long)count;
    }

    private static ReadOnlyMemory<byte>? Typed(TensorProto tensor, DType type, long count)
    {
        switch (type)
        {
            case DType.F32:
                return Bytes<float>(tensor.FloatData, count);
            case DType.C64:
                return Bytes<float>(tensor.FloatData, 2 * count);
            case DType.F64:
                return Bytes<double>(tensor.DoubleData, count);
            case DType.C128:
                return Bytes<double>(tensor.DoubleData, 2 * count);
            case DType.I64:
                return Bytes<long>(tensor.Int64Data, count);
            case DType.U64:
                return Bytes<ulong>(tensor.Uint64Data, count);
            case DType.U32:
                return tensor.Uint64Data.Count == count ? Bytes<uint>([.. tensor.Uint64Data.Select(v => (uint)v)], count) : null;
            case DType.I32:
                return Bytes<int>(tensor.Int32Data, count);
            default:
                return Narrow(tensor.Int32Data, type, count);
        }
    }

    // 16-bit types: one element per entry. 8-bit types likewise; 4- and 2-bit types: one byte of packed elements per entry.
    private static ReadOnlyMemory<byte>? Narrow(RepeatedField<int> entries, DType type, long count)
    {
        int width = Math.Max(8, type.Bits()) / 8;
        long size = type.Size(count).Value;
        if (entries.Count != size / width)
            return null;
        byte[] bytes = new byte[size];
        for (int i = 0; i < entries.Count; i++)
        {
            if (width == 2)
                BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(2 * i), (short)entries[i]);
            else
                bytes[i] = (byte)entries[i];
        }

        return bytes;
    }

    // An array that is null would silently become empty memory.
    private static ReadOnlyMemory<byte>? Bytes<T>(IReadOnlyCollection<T> values, long count)
        where T : unmanaged
    {
        if (values.Count != count)
            return null;
        return MemoryMarshal.AsBytes<T>(values.ToArray()).ToArray();
    }

    private TensorData? Fail(string message, string where)
    {
        bag.Add(Diagnostic.Error(Codes.TensorMalformed, message, where, "the file is damaged or was written by a faulty exporter; export the model again"));
        return null;
    }
}
