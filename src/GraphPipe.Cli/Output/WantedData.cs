using System.Text.Json.Nodes;
using GraphPipe.Bundle;
using GraphPipe.Runtime;

namespace GraphPipe.Cli;

/// <summary>What data files must hold for a bundle: inputs and targets, with types and shapes.</summary>
internal static class WantedData
{
    public static void Write(TextWriter text, StageBundle bundle)
    {
        foreach (var spec in Of(bundle))
            text.WriteLine($"  {Kind(spec)} {spec.Name} : {spec.Type.Text()}{spec.Shape}");
    }

    public static JsonArray Json(StageBundle bundle) => JsonParts.List(Of(bundle), spec =>
    {
        var tensor = JsonParts.Tensor(spec.Name, spec.Type, spec.Shape.ToString(), spec.Batch);
        tensor["kind"] = Kind(spec);
        return tensor;
    });

    private static IEnumerable<InputSpec> Of(StageBundle bundle) => InputSpec.Of(bundle.Stages.Select(s => s.Program));

    private static string Kind(InputSpec spec) => spec.Kind.ToString().ToLowerInvariant();
}
