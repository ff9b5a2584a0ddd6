using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GraphPipe.Bundle;

/// <summary>JSON as our files have it: indented, the same bytes on every system, and small things on a line of their own.</summary>
internal static class JsonOutput
{
    // Nothing of ours is pasted into HTML unescaped, so names stay readable.
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A document, ending with a line feed.</summary>
    public static byte[] Document(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>An object on one line.</summary>
    public static void WriteLine(this Utf8JsonWriter json, string name, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var line = new Utf8JsonWriter(buffer, Compact))
        {
            line.WriteStartObject();
            write(line);
            line.WriteEndObject();
        }

        json.WritePropertyName(name);
        json.WriteRawValue(buffer.WrittenSpan, skipInputValidation: true);
    }

    /// <summary>A list with each item on its own line.</summary>
    public static void WriteLines<T>(this Utf8JsonWriter json, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        json.WriteStartArray(name);
        byte[] indent = Encoding.ASCII.GetBytes("\n" + new string(' ', 2 * json.CurrentDepth));
        using var line = new Utf8JsonWriter(buffer, Compact);
        foreach (var item in items)
        {
            // The writer indents no raw values.
            buffer.Write(indent);
            line.WriteStartObject();
            write(line, item);
            line.WriteEndObject();
            line.Flush();
            json.WriteRawValue(buffer.WrittenSpan, skipInputValidation: true);
            buffer.ResetWrittenCount();
            line.Reset();
        }

        json.WriteEndArray();
    }
}
