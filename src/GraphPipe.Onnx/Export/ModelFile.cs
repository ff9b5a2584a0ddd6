using System.Globalization;
using Google.Protobuf;
using GraphPipe.Bundle;
using GraphPipe.Onnx.Proto;

namespace GraphPipe.Onnx;

/// <summary>Serialises model messages, with external data where one message can't hold it all.</summary>
internal static class ModelFile
{
    /// <summary>Tensors below this size stay in the message.</summary>
    private const int SmallTensor = 1024;

    /// <summary>Where a memory page starts, so that readers can map tensors.</summary>
    private const long Page = 4096;

    public static byte[] ToBytes(ModelProto model)
    {
        if (BytesOfWeights(model) < int.MaxValue - (1 << 20))
        {
            try
            {
                return model.ToByteArray();
            }
            catch (Exception e) when (e is OverflowException or OutOfMemoryException or IOException or ArgumentException)
            {
                // Its size is beyond what a message can have; said below.
            }
        }

        throw new DiagnosticException(Diagnostic.Error(Codes.ExportImpossible, "the model is larger than the 2 GiB of a protobuf message", "", "write it to a file, with its weights as external data"));
    }

    public static void Write(ModelProto model, string path, long externalDataFrom)
    {
        try
        {
            if (BytesOfWeights(model) > externalDataFrom)
                WriteExternal(model, path + ".data");
            File.WriteAllBytes(path, ToBytes(model));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DiagnosticException(Diagnostic.Error(Codes.WriteFailed, $"'{path}' can't be written: {e.Message}", path, "check that the folder exists and has room"));
        }
    }

    private static long BytesOfWeights(ModelProto model) => model.Graph.Initializer.Sum(t => (long)t.RawData.Length);

    private static void WriteExternal(ModelProto model, string path)
    {
        using var file = File.Create(path);
        foreach (var tensor in model.Graph.Initializer.Where(t => t.RawData.Length >= SmallTensor))
        {
            file.Position = (file.Position + Page - 1) / Page * Page;
            long offset = file.Position;
            var data = tensor.RawData;
            file.Write(data.Span);
            TensorWriter.Clear(tensor);
            tensor.DataLocation = TensorProto.Types.DataLocation.External;
            Add(tensor, "location", Path.GetFileName(path));
            Add(tensor, "offset", offset.ToString(CultureInfo.InvariantCulture));
            Add(tensor, "length", data.Length.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void Add(TensorProto tensor, string key, string value) => tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
}
