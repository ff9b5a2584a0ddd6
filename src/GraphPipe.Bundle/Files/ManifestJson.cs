using System.Collections.Immutable;
using System.Text.Json;

namespace GraphPipe.Bundle;

/// <summary>Writes and reads <c>manifest.json</c>.</summary>
public static class ManifestJson
{
    /// <summary>The file's content; equal manifests give equal bytes.</summary>
    public static byte[] Write(Manifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return JsonOutput.Document(json =>
        {
            json.WriteString("format", Manifest.Format);
            json.WriteNumber("version", Manifest.Version);
            json.WriteString("tool_version", manifest.ToolVersion);
            json.WriteString("model_name", manifest.ModelName);
            json.WriteString("model_sha256", manifest.ModelSha256);
            json.WriteString("purpose", Spelling.Of(manifest.Purpose));
            json.WriteString("batch_symbol", manifest.BatchSymbol);
            json.WriteNumber("mini_batch", manifest.MiniBatch);
            SettingsJson.Write(json, "optimizer", manifest.Optimizer);
            SettingsJson.Write(json, "loss", manifest.Loss);
            json.WriteLines("inputs", manifest.Inputs, WriteTensor);
            json.WriteLines("outputs", manifest.Outputs, WriteTensor);
            if (manifest.Target is { } target)
                json.WriteLine("target", line => WriteTensor(line, target));
            else
                json.WriteNull("target");
            json.WriteStartArray("mesh");
            foreach (var device in manifest.Mesh.Devices)
                json.WriteStringValue(device.ToString());
            json.WriteEndArray();
            if (manifest.Covers is { } covered)
                json.WriteNumber("covers_device", covered.Value);
            else
                json.WriteNull("covers_device");
            json.WriteLines("parameters", manifest.Parameters, (line, parameter) =>
            {
                line.WriteString("name", parameter.Name);
                line.WriteString("role", Spelling.Of(parameter.Role));
                line.WriteNumber("owner", parameter.Owner.Value);
                line.WriteString("type", parameter.Type.Text());
                line.WriteString("shape", parameter.Shape.ToString());
            });
            json.WriteLines("files", manifest.Files, (line, file) =>
            {
                line.WriteString("path", file.Path);
                line.WriteString("sha256", file.Sha256);
            });
        });
    }

    /// <summary>Reads and checks the file's content.</summary>
    /// <param name="name">The file's name for messages.</param>
    /// <exception cref="DiagnosticException">GP5002: no manifest; GP5004: of a newer version; GP5005: a path leaves the bundle;
    /// GP5006: the content is unsound.</exception>
    public static Manifest Read(ReadOnlyMemory<byte> content, string name = BundlePaths.Manifest)
    {
        var source = new InputSource(name, Codes.BundleContent);
        var unreadable = source with { Code = Codes.BundleUnreadable };
        var head = JsonInput.Parse(content, unreadable);
        if (!head.IsObject || head.Maybe("format") is not { } format || format.Text != Manifest.Format)
            throw unreadable.Malformed("it is not the manifest of a GraphPipe bundle");
        if (head["version"].Int(1) is var version and > Manifest.Version)
        {
            throw (source with { Code = Codes.BundleVersion }).Malformed(
                $"version {version} of a bundle is newer than {Manifest.Version}", "compile the model again, or take a newer GraphPipe");
        }

        var json = head.Under(Codes.BundleContent);
        var mesh = new DeviceMesh([.. json["mesh"].Items.Select(ReadDevice)]);
        return new Manifest(
            json["tool_version"].Text,
            json["model_name"].Text,
            ReadSha256(json["model_sha256"]),
            json["purpose"].Choice<BundlePurpose>(),
            json["batch_symbol"].Text,
            json["mini_batch"].Long(1),
            SettingsJson.ReadOptimizer(json.Maybe("optimizer")),
            SettingsJson.ReadLoss(json["loss"]),
            [.. json["inputs"].Items.Select(ReadTensor)],
            [.. json["outputs"].Items.Select(ReadTensor)],
            json.Maybe("target") is { } target ? ReadTensor(target) : null,
            mesh,
            [.. json["parameters"].Items.Select(ReadParameter)],
            ReadFiles(json["files"], source),
            json.Maybe("covers_device") is { } covers ? new DeviceId(covers.Int(0, mesh.Count - 1)) : null);
    }

    private static void WriteTensor(Utf8JsonWriter json, ModelTensor tensor)
    {
        json.WriteString("name", tensor.Name);
        json.WriteString("type", tensor.Type.Text());
        json.WriteString("shape", tensor.Shape.ToString());
        if (tensor.Batch is { } batch)
        {
            json.WriteStartArray("batch");
            json.WriteNumberValue(batch.Axis);
            json.WriteNumberValue(batch.Outer);
            json.WriteNumberValue(batch.Inner);
            json.WriteEndArray();
        }
    }

    private static ModelTensor ReadTensor(JsonInput json)
    {
        var shape = json["shape"].Shape;
        return new ModelTensor(json["name"].Text, json["type"].Type, shape, json.Maybe("batch")?.Batch(shape));
    }

    private static ManifestParameter ReadParameter(JsonInput json)
    {
        var shape = json["shape"].Shape;
        if (!shape.IsStatic || BufferRules.Fault(shape.Dims.AsSpan()) is not null)
            throw json["shape"].Malformed("the shape of a parameter is a list of numbers");
        return new ManifestParameter(json["name"].Text, json["role"].Choice<ParameterRole>(), new StageId(json["owner"].Int()), json["type"].Type, shape);
    }

    private static ImmutableArray<BundleFileHash> ReadFiles(JsonInput list, InputSource source)
    {
        var files = ImmutableArray.CreateBuilder<BundleFileHash>();
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in list.Items)
        {
            string path = item["path"].Text;
            if (BundlePaths.Fault(path) is { } fault)
                throw (source with { Code = Codes.BundlePathEscapes }).Malformed($"'{path}' {fault}");
            if (!seen.Add(path))
                throw (source with { Code = Codes.BundlePathEscapes }).Malformed($"'{path}' stands there twice");
            files.Add(new BundleFileHash(path, ReadSha256(item["sha256"])));
        }

        return files.ToImmutable();
    }

    private static string ReadSha256(JsonInput json) =>
        json.Text is { Length: 64 } text && text.All(c => char.IsAsciiHexDigitLower(c)) ? text : throw json.Malformed("a SHA-256 has 64 hexadecimal digits");

    private static DeviceName ReadDevice(JsonInput json)
    {
        try
        {
            return DeviceName.Parse(json.Text);
        }
        catch (FormatException e)
        {
            throw json.Malformed(e.Message);
        }
    }
}
