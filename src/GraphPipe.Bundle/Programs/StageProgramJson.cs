using System.Collections.Immutable;
using System.Text.Json;

namespace GraphPipe.Bundle;

/// <summary>
/// Writes <c>program.json</c>, the form of a <see cref="StageProgram"/> in a bundle: a line for each buffer, kernel call, parameter and port;
/// buffers by number, shapes as text, equal programs as equal bytes. Read by <see cref="Read"/>.
/// </summary>
public static class StageProgramJson
{
    internal const string Format = "graphpipe-stage";
    internal const int Version = 1;

    /// <summary>The file's content.</summary>
    public static byte[] Write(StageProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return JsonOutput.Document(json =>
        {
            json.WriteString("format", Format);
            json.WriteNumber("version", Version);
            json.WriteNumber("id", program.Id.Value);
            json.WriteString("name", program.Name);
            json.WriteLines("buffers", program.Buffers, WriteBuffer);
            json.WriteStartArray("functions");
            foreach (var function in program.Functions)
            {
                json.WriteStartObject();
                json.WriteString("kind", Spelling.Of(function.Kind));
                json.WriteLines("calls", function.Calls, WriteCall);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteLines("parameters", program.Parameters, WriteParameter);
            json.WriteLines("feeds", program.Feeds, (line, feed) =>
            {
                line.WriteString("kind", Spelling.Of(feed.Kind));
                line.WriteString("name", feed.Name);
                line.WriteNumber("buffer", feed.Buffer.Value);
            });
            json.WriteLines("outputs", program.Outputs, (line, output) =>
            {
                line.WriteString("name", output.Name);
                line.WriteNumber("buffer", output.Buffer.Value);
            });
            json.WriteLines("ports", program.Ports, (line, port) =>
            {
                line.WriteNumber("channel", port.Channel.Value);
                line.WriteNumber("buffer", port.Buffer.Value);
                line.WriteString("direction", port.IsSend ? "send" : "recv");
            });
            if (!program.Loss.IsNone)
                json.WriteNumber("loss", program.Loss.Value);
        });
    }

    /// <summary>Reads and checks the file's content: every number of a buffer is in range, aliases end, names and functions are unique.</summary>
    /// <param name="name">The file's name for messages.</param>
    /// <exception cref="DiagnosticException">GP5006: the content is no sound program; GP5004: of a newer version.</exception>
    public static StageProgram Read(ReadOnlyMemory<byte> content, string name = "program.json") =>
        new StageProgramJsonReader(new InputSource(name, Codes.BundleContent)).Read(content);

    private static void WriteBuffer(Utf8JsonWriter line, BufferDecl buffer)
    {
        line.WriteString("name", buffer.Name);
        line.WriteString("type", buffer.Type.Text());
        line.WriteString("shape", buffer.Shape.ToString());
        line.WriteString("life", Spelling.Of(buffer.Life));
        if (buffer.Batch is { } batch)
        {
            line.WriteStartArray("batch");
            line.WriteNumberValue(batch.Axis);
            line.WriteNumberValue(batch.Outer);
            line.WriteNumberValue(batch.Inner);
            line.WriteEndArray();
        }

        if (!buffer.AliasOf.IsNone)
            line.WriteNumber("alias_of", buffer.AliasOf.Value);
    }

    private static void WriteCall(Utf8JsonWriter line, KernelCall call)
    {
        line.WriteString("kernel", call.Kernel);
        WriteBuffers(line, "inputs", call.Inputs);
        WriteBuffers(line, "outputs", call.Outputs);
        if (call.Attributes.Count > 0)
        {
            line.WriteStartObject("attributes");
            foreach (var (name, value) in call.Attributes.Pairs)
            {
                line.WritePropertyName(name);
                AttributeJson.Write(line, value);
            }

            line.WriteEndObject();
        }

        if (call.Workspace != Dim.Zero)
            line.WriteString("workspace", call.Workspace.ToString());
        if (call.IsElementwise)
            line.WriteBoolean("elementwise", true);
        if (call.IsReduction)
            line.WriteBoolean("reduction", true);
        if (!call.Nodes.IsEmpty)
        {
            line.WriteStartArray("nodes");
            foreach (string node in call.Nodes)
                line.WriteStringValue(node);
            line.WriteEndArray();
        }

        if (!call.OnnxModel.IsEmpty)
            line.WriteBase64String("onnx_model", call.OnnxModel.Span);
    }

    private static void WriteParameter(Utf8JsonWriter line, ParameterDecl parameter)
    {
        line.WriteString("name", parameter.Name);
        line.WriteNumber("buffer", parameter.Buffer.Value);
        line.WriteString("role", Spelling.Of(parameter.Role));
        line.WriteNumber("owner", parameter.Owner.Value);
        if (!parameter.Accumulator.IsNone)
            line.WriteNumber("accumulator", parameter.Accumulator.Value);
        if (parameter.States.IsEmpty)
            return;
        line.WriteStartObject("states");
        foreach (var state in parameter.States)
            line.WriteNumber(state.Name, state.Buffer.Value);
        line.WriteEndObject();
    }

    private static void WriteBuffers(Utf8JsonWriter line, string name, ImmutableArray<BufferId> buffers)
    {
        line.WriteStartArray(name);
        foreach (var buffer in buffers)
            line.WriteNumberValue(buffer.Value);
        line.WriteEndArray();
    }
}
