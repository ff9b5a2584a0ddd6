using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GraphPipe.Bundle;

/// <summary>One tensor of a safetensors header; offsets count from the end of the header.</summary>
internal sealed record SafetensorsEntry(string Name, DType Type, ImmutableArray<long> Shape, long Begin, int Length);

/// <summary>
/// The header of a safetensors file: 8 bytes of length, then JSON. Read as strictly as the format's own implementation: the tensors cover the
/// rest of the file without holes and overlaps.
/// </summary>
internal sealed record SafetensorsHeader(ImmutableArray<SafetensorsEntry> Entries, ImmutableSortedDictionary<string, string> Metadata)
{
    public const int LengthBytes = 8;
    public const int LongestHeader = 100_000_000;

    public const string MetadataKey = "__metadata__";

    private static readonly ImmutableDictionary<string, DType> Types = new Dictionary<string, DType>
    {
        ["F64"] = DType.F64,
        ["F32"] = DType.F32,
        ["F16"] = DType.F16,
        ["BF16"] = DType.BF16,
        ["I64"] = DType.I64,
        ["I32"] = DType.I32,
        ["I16"] = DType.I16,
        ["I8"] = DType.I8,
        ["U64"] = DType.U64,
        ["U32"] = DType.U32,
        ["U16"] = DType.U16,
        ["U8"] = DType.U8,
        ["BOOL"] = DType.Bool,
    }.ToImmutableDictionary();

    private static readonly ImmutableDictionary<DType, string> Names = Types.ToImmutableDictionary(p => p.Value, p => p.Key);

    /// <summary>Checks the 8 bytes in front.</summary>
    public static int CheckLength(ulong length, long fileLength, InputSource source) =>
        length > LongestHeader ? throw source.Malformed($"the header claims {length} bytes; over {LongestHeader} it is no safetensors file")
        : fileLength - LengthBytes < (long)length ? throw source.Malformed($"the header claims {length} bytes, but the file has {fileLength}", "the file may be cut off: copy it again")
        : (int)length;

    /// <param name="dataLength">Bytes behind the header.</param>
    public static SafetensorsHeader Parse(ReadOnlyMemory<byte> json, long dataLength, InputSource source)
    {
        var metadata = TensorSet.NoMetadata;
        var entries = ImmutableArray.CreateBuilder<SafetensorsEntry>();
        foreach (var (name, value) in JsonInput.Parse(json, source).Members)
        {
            if (name == MetadataKey)
                metadata = metadata.AddRange(value.Members.Select(m => KeyValuePair.Create(m.Name, m.Value.Text)));
            else
                entries.Add(ReadEntry(name, value, dataLength));
        }

        CheckCover(entries, dataLength, source);
        return new SafetensorsHeader(entries.ToImmutable(), metadata);
    }

    /// <summary>The 8 bytes of length and the JSON, padded with spaces so that the data starts on a border of 8 bytes.</summary>
    public byte[] ToBytes()
    {
        using var stream = new MemoryStream();
        stream.Write(stackalloc byte[LengthBytes]);
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (!Metadata.IsEmpty)
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (key, text) in Metadata)
                    json.WriteString(key, text);
                json.WriteEndObject();
            }

            foreach (var entry in Entries)
                WriteEntry(json, entry);
            json.WriteEndObject();
        }

        while (stream.Length % 8 != 0)
            stream.WriteByte((byte)' ');
        byte[] bytes = stream.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(bytes, bytes.Length - LengthBytes);
        return bytes;
    }

    /// <summary>True if the format has the type.</summary>
    public static bool Has(DType type) => Names.ContainsKey(type);

    private static void WriteEntry(Utf8JsonWriter json, SafetensorsEntry entry)
    {
        json.WriteStartObject(entry.Name);
        json.WriteString("dtype", Names[entry.Type]);
        json.WriteStartArray("shape");
        foreach (long dim in entry.Shape)
            json.WriteNumberValue(dim);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(entry.Begin);
        json.WriteNumberValue(entry.Begin + entry.Length);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static SafetensorsEntry ReadEntry(string name, JsonInput value, long dataLength)
    {
        string typeName = value["dtype"].Text;
        if (!Types.TryGetValue(typeName, out var type))
            throw value.Malformed($"'{typeName}' is no element type that is read here");
        var shape = value["shape"].Items.Select(d => d.Long(0)).ToImmutableArray();
        var offsets = value["data_offsets"].Items.Select(o => o.Long(0, dataLength)).ToImmutableArray();
        if (offsets.Length != 2 || offsets[0] > offsets[1])
            throw value.Malformed("'data_offsets' is no pair of a begin and an end within the file");
        long length = offsets[1] - offsets[0];
        if (TensorSize.Of(type, shape) is not { } needed || needed != length)
            throw value.Malformed($"{typeName}[{string.Join(',', shape)}] does not take {length} bytes");
        if (length > Array.MaxLength)
            throw value.Malformed($"the tensor has {length} bytes; one tensor may have {Array.MaxLength}");
        return new SafetensorsEntry(name, type, shape, offsets[0], (int)length);
    }

    private static void CheckCover(IEnumerable<SafetensorsEntry> entries, long dataLength, InputSource source)
    {
        long at = 0;
        foreach (var entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.Length))
        {
            if (entry.Begin != at)
                throw source.Malformed($"tensor '{entry.Name}' {(entry.Begin < at ? "overlaps another one" : "has a hole in front of it")}");
            at += entry.Length;
        }

        if (at != dataLength)
            throw source.Malformed($"the tensors end at byte {at} of {dataLength}");
    }
}
