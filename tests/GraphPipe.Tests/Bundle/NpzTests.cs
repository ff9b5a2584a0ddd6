using System.IO.Compression;
using System.Text;
using CsCheck;
using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Bundle;

public class NpzTests
{
    private static readonly InputSource Source = new("x.npy", Codes.DataUnreadable);

    [Fact]
    public void What_is_written_is_read_back() => BundleSamples.Tensors(BundleSamples.SafetensorsTypes.Remove(DType.BF16)).Sample(tensors =>
    {
        byte[] bytes = Bytes(tensors);
        Assert.Equal(bytes, Bytes(tensors));
        var read = Npz.Read(new MemoryStream(bytes), "x.npz");
        Assert.Equal(tensors.Keys, read.Keys);
        BundleSamples.SameTensors(tensors, read);
    });

    [Theory]
    [InlineData(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", new float[] { 0, 1, 2, 3, 4, 5 })]
    [InlineData(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", new float[] { 0, 2, 4, 1, 3, 5 })]
    [InlineData(2, "{\"shape\": (2L, 3L,), \"fortran_order\": False, \"descr\": \"=f4\"}\n", new float[] { 0, 1, 2, 3, 4, 5 })]
    [InlineData(3, "{'fortran_order':True,'shape':(2,3),'descr':'<f4'}", new float[] { 0, 2, 4, 1, 3, 5 })]
    public void Versions_and_orders_of_npy_are_read(int version, string header, float[] expected)
    {
        var read = ReadNpy(NpyBytes(version, header, [0, 1, 2, 3, 4, 5]));
        Assert.Equal([2, 3], read.Shape);
        Assert.Equal(expected, read.As<float>().ToArray());
    }

    [Fact]
    public void Fortran_order_of_three_axes_is_turned() => Assert.Equal(
        Enumerable.Range(0, 24).Select(i => (float)((i / 12) + (2 * (i / 4 % 3)) + (6 * (i % 4)))),
        ReadNpy(NpyBytes(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3, 4), }", [.. Enumerable.Range(0, 24).Select(i => (float)i)])).As<float>().ToArray());

    [Theory]
    [InlineData("{'descr': '>f4', 'fortran_order': False, 'shape': (6,), }", "big-endian")]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (6,), }", "not read here")]
    [InlineData("{'descr': '<U3', 'fortran_order': False, 'shape': (6,), }", "not read here")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), }", "structures")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (7,), }", "does not take")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-6,), }", "whole numbers")]
    [InlineData("{'descr': '<f4', 'fortran_order': 1, 'shape': (6,), }", "neither")]
    [InlineData("{'descr': '<f4', 'shape': (6,), }", "no 'fortran_order'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }", "does not take")]
    [InlineData("", "expected")]
    public void A_header_that_does_not_fit_is_refused(string header, string message)
    {
        byte[] bytes = NpyBytes(1, header, [0, 1, 2, 3, 4, 5]);
        Assert.Contains(message, Assert.Throws<DiagnosticException>(() => ReadNpy(bytes)).Message);
        Fuzz.Refused(Codes.DataUnreadable, () => ReadNpy(bytes));
    }

    [Fact]
    public void Deflated_arrays_are_read()
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("x.npy", CompressionLevel.Optimal).Open();
            Npy.Write(entry, TensorData.Floats([1000], new float[1000]));
        }

        Assert.Equal(1000, Npz.Read(new MemoryStream(stream.ToArray()), "x.npz")["x"].Count);
        Fuzz.Damage(stream.ToArray(), bytes => Npz.Read(new MemoryStream(bytes), "x.npz"), [Codes.DataUnreadable]);
    }

    [Fact]
    public void Damage_is_a_diagnostic()
    {
        Fuzz.Damage(Bytes(new TensorSet([new("w", TensorData.Floats([2], 1, 2)), new("i", TensorData.Longs([2], 1, 2))])), bytes => Npz.Read(new MemoryStream(bytes), "x.npz"), [Codes.DataUnreadable]);
        Fuzz.Damage(NpyBytes(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", [0, 1, 2, 3, 4, 5]), bytes => ReadNpy(bytes), [Codes.DataUnreadable]);
    }

    [Fact]
    public void A_changed_element_is_found_by_the_checksum()
    {
        byte[] bytes = Bytes(new TensorSet([new("w", TensorData.Of<byte>(DType.U8, [4], [201, 202, 203, 204]))]));
        bytes[bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[201, 202, 203, 204])] ^= 1;
        Assert.Contains("checksum", Assert.Throws<DiagnosticException>(() => Npz.Read(new MemoryStream(bytes), "x.npz")).Message);
    }

    [Fact]
    public void A_zip_bomb_is_refused_before_it_is_unpacked()
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("x.npy", CompressionLevel.SmallestSize).Open();
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 100; i++)
                entry.Write(zeros);
        }

        Assert.Contains("unpack", Assert.Throws<DiagnosticException>(() => Npz.Read(new MemoryStream(stream.ToArray()), "x.npz")).Message);
    }

    [Fact]
    public void Files_are_told_apart_by_content_and_extension()
    {
        using var folder = new TemporaryFolder();
        var tensors = new TensorSet([new("x", TensorData.Floats([2], 1, 2))]);
        Npz.Write(folder["a.npz"], tensors);
        Safetensors.Write(folder["b.safetensors"], tensors);
        AtomicFile.Write(folder["x.npy"], stream => Npy.Write(stream, tensors["x"]));
        File.Copy(folder["a.npz"], folder["c.data"]);
        File.Copy(folder["b.safetensors"], folder["d.data"]);
        foreach (string name in new[] { "a.npz", "b.safetensors", "x.npy", "c.data", "d.data" })
            BundleSamples.SameTensors(tensors, TensorFile.Read(folder[name]));
        File.WriteAllText(folder["e.csv"], "1,2,3");
        File.WriteAllText(folder["f.npz"], "1,2,3");
        File.WriteAllText(folder["g"], "");
        foreach (string name in new[] { "e.csv", "f.npz", "g", "." })
            Fuzz.Refused(Codes.DataUnreadable, () => TensorFile.Read(folder[name]));
        Fuzz.Refused(Codes.DataNotFound, () => TensorFile.Read(folder["none.npz"]));
    }

    private static TensorData ReadNpy(byte[] bytes) => Npy.Read(new MemoryStream(bytes), bytes.Length, Source);

    private static byte[] NpyBytes(int version, string header, float[] data)
    {
        byte[] text = Encoding.Latin1.GetBytes(header);
        byte[] length = version == 1 ? BitConverter.GetBytes((ushort)text.Length) : BitConverter.GetBytes(text.Length);
        return [0x93, .. "NUMPY"u8, (byte)version, 0, .. length, .. text, .. data.SelectMany(BitConverter.GetBytes)];
    }

    private static byte[] Bytes(TensorSet tensors)
    {
        using var stream = new MemoryStream();
        Npz.Write(stream, tensors);
        return stream.ToArray();
    }
}
