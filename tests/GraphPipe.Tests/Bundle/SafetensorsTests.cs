using System.Buffers.Binary;
using System.Text;
using CsCheck;
using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Bundle;

public class SafetensorsTests
{
    private static readonly InputSource Source = new("x.safetensors", Codes.DataUnreadable);

    [Fact]
    public void What_is_written_is_read_back() => BundleSamples.Tensors(BundleSamples.SafetensorsTypes).Sample(tensors =>
    {
        var metadata = new Dictionary<string, string> { ["b"] = "2", ["a"] = "é\n\"" };
        byte[] bytes = Bytes(tensors, metadata);
        Assert.Equal(bytes, Bytes(new TensorSet(tensors.Reverse()), metadata));
        foreach (var read in new[] { Safetensors.Read(bytes, Source), Safetensors.Read(new MemoryStream(bytes), bytes.Length, Source) })
        {
            BundleSamples.SameTensors(tensors, read);
            Assert.Equal(metadata.OrderBy(p => p.Key, StringComparer.Ordinal), read.Metadata);
        }
    });

    [Fact]
    public void The_data_starts_aligned_and_larger_types_come_first()
    {
        byte[] bytes = Bytes(new TensorSet([new("a", TensorData.Of<byte>(DType.U8, [3], [1, 2, 3])), new("b", TensorData.Longs([1], 7)), new("c", TensorData.Floats([1], 1))]));
        long header = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, header % 8);
        Assert.Equal(["b", "c", "a"], Safetensors.Read(bytes, Source).Keys);
    }

    [Fact]
    public void The_given_order_is_kept_on_request()
    {
        using var stream = new MemoryStream();
        Safetensors.Write(stream, new TensorSet([new("z", TensorData.Floats([1], 1)), new("a", TensorData.Floats([], 2))]), sorted: false);
        Assert.Equal(["z", "a"], Safetensors.Read(stream.ToArray(), Source).Keys);
    }

    [Fact]
    public void A_large_file_is_mapped_and_reads_the_same()
    {
        using var folder = new TemporaryFolder();
        float[] values = [.. Enumerable.Range(0, (int)(Safetensors.MapFrom / 4) + 10).Select(i => (float)i)];
        Safetensors.Write(folder["x.safetensors"], new TensorSet([new("x", TensorData.Floats([values.Length], values)), new("e", TensorData.Floats([0]))]));
        var read = Safetensors.Read(folder["x.safetensors"]);
        Assert.True(values.AsSpan().SequenceEqual(read["x"].As<float>()));
        Assert.Equal(0, read["e"].Count);
        using (var cut = new FileStream(folder["x.safetensors"], FileMode.Open))
            cut.SetLength(cut.Length - 1);
        Fuzz.Refused(Codes.DataUnreadable, () => Safetensors.Read(folder["x.safetensors"]));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "hole")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, "end at byte 8 of 12")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "does not take 8 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,800]}}""", 8, "from 0 to 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}""", 0, "does not take")]
    [InlineData("""{"a":{"dtype":"Q7","shape":[2],"data_offsets":[0,8]}}""", 8, "Q7")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "no JSON")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "no JSON")]
    [InlineData("""[]""", 0, "object")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "string")]
    public void A_header_that_does_not_fit_is_refused(string header, int data, string message)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] bytes = [.. BitConverter.GetBytes((long)json.Length), .. json, .. new byte[data]];
        Assert.Contains(message, Assert.Throws<DiagnosticException>(() => Safetensors.Read(bytes, Source)).Message);
        Fuzz.Refused(Codes.DataUnreadable, () => Safetensors.Read(bytes, Source));
        Fuzz.Refused(Codes.DataUnreadable, () => Safetensors.Read(new MemoryStream(bytes), bytes.Length, Source));
    }

    [Fact]
    public void Damage_is_a_diagnostic() => Fuzz.Damage(
        Bytes(new TensorSet([new("w", TensorData.Floats([2, 3], 1, 2, 3, 4, 5, 6)), new("i", TensorData.Longs([2], 1, 2))]), new Dictionary<string, string> { ["k"] = "v" }),
        bytes =>
        {
            Safetensors.Read(new MemoryStream(bytes), bytes.Length, Source);
            Safetensors.Read(bytes, Source);
        },
        [Codes.DataUnreadable]);

    [Fact]
    public void Truncation_is_always_refused()
    {
        byte[] good = Bytes(new TensorSet([new("w", TensorData.Floats([2, 3], 1, 2, 3, 4, 5, 6))]));
        for (int i = 0; i < good.Length; i++)
            Fuzz.Refused(Codes.DataUnreadable, () => Safetensors.Read(good.AsMemory(0, i), Source));
    }

    [Fact]
    public void Types_that_the_format_lacks_are_refused_and_nothing_is_written()
    {
        using var folder = new TemporaryFolder();
        Fuzz.Refused(Codes.DataType, () => Safetensors.Write(folder["x"], new TensorSet([new("s", new TensorData([0], []))])));
        Assert.Empty(folder.Names);
    }

    [Fact]
    public void A_missing_file_is_GP7001() => Fuzz.Refused(Codes.DataNotFound, () => Safetensors.Read("/nowhere/x.safetensors"));

    private static byte[] Bytes(TensorSet tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var stream = new MemoryStream();
        Safetensors.Write(stream, tensors, metadata);
        return stream.ToArray();
    }
}
