using System.Collections.Immutable;
using System.Text.Json;
using GraphPipe.Bundle;

namespace GraphPipe.Cli;

/// <summary>A kind of file that some verb reads.</summary>
/// <param name="Name">With its article, e.g. "a plan".</param>
/// <param name="Faults">How the diagnostics of its own reader begin.</param>
/// <param name="Use">Which verbs take it.</param>
internal sealed record FileKind(string Name, string Faults, string Use)
{
    // A document that is looked into; devices such as /dev/zero have no length, and no end.
    private const long Most = 1L << 28;

    private static readonly FileKind Model = new("a model", "GP1", "'graphpipe plan', 'compile', 'train' and 'inspect' take it");
    private static readonly FileKind Bundle = new("a bundle", "GP5", "'graphpipe train', 'run', 'bench', 'inspect' and 'simulate' take it");
    private static readonly FileKind Tensors = new("a file of tensors", "GP7", "it goes to --data or --inputs");

    private static readonly ImmutableDictionary<string, FileKind> ByFormat = new Dictionary<string, FileKind>
    {
        ["graphpipe-plan"] = new("a plan", Codes.PlanMalformed, "'graphpipe simulate' draws it, 'graphpipe compile MODEL --plan' uses it"),
        ["graphpipe-costgraph"] = new("a cost graph", Codes.CostGraphMalformed, "'graphpipe plan' takes it"),
        ["graphpipe-profile"] = new("a profile", Codes.ProfileMalformed, "it goes to --profile; 'graphpipe profile --merge' joins such files"),
        ["graphpipe-trace"] = new("a trace", Codes.TraceMalformed, "'graphpipe trace' and ui.perfetto.dev draw it"),
    }.ToImmutableDictionary();

    /// <summary>Says of files of another kind than was asked for what they are and who takes them.</summary>
    public static IReadOnlyList<Diagnostic> Advise(IReadOnlyList<Diagnostic> diagnostics) => [.. diagnostics.Select(Advise)];

    private static Diagnostic Advise(Diagnostic fault) =>
        ExitCodes.Of(fault.Code) == ExitCodes.BadInput && fault.Code != Codes.WriteFailed && File.Exists(fault.Location) && Of(fault.Location) is { } kind && !fault.Code.StartsWith(kind.Faults, StringComparison.Ordinal)
            ? fault with { Advice = $"the file is {kind.Name}: {kind.Use}" }
            : fault;

    // By the ending first, as every verb does; what a JSON document is, it says itself.
    private static FileKind? Of(string path)
    {
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".onnx":
                return Model;
            case BundleWriter.Extension:
                return Bundle;
            case ".npz" or ".safetensors":
                return Tensors;
        }

        try
        {
            if (new FileInfo(path).Length is 0 or > Most)
                return null;
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return FormatOf(json.RootElement) is { } format ? ByFormat.GetValueOrDefault(format) : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? FormatOf(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return null;
        var holder = root.TryGetProperty("otherData", out var header) && header.ValueKind == JsonValueKind.Object ? header : root;
        return holder.TryGetProperty("format", out var format) && format.ValueKind == JsonValueKind.String ? format.GetString() : null;
    }
}
