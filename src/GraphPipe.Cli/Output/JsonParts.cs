using System.Text.Json.Nodes;
using GraphPipe.Bundle;
using GraphPipe.Planning;

namespace GraphPipe.Cli;

/// <summary>Small pieces of JSON documents.</summary>
internal static class JsonParts
{
    /// <summary>A number; null where JSON has no spelling for it (infinite, not a number).</summary>
    public static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    public static JsonArray List<T>(IEnumerable<T> items, Func<T, JsonNode?> node) => new([.. items.Select(node)]);

    /// <param name="node">Of an item and its position.</param>
    public static JsonArray List<T>(IEnumerable<T> items, Func<T, int, JsonNode?> node) => new([.. items.Select(node)]);

    public static JsonArray Texts(IEnumerable<string> texts) => List(texts, t => JsonValue.Create(t));

    public static JsonObject Coverage(ProfileCoverage coverage) => new()
    {
        ["measured"] = coverage.Measured,
        ["interpolated"] = coverage.Interpolated,
        ["extrapolated"] = coverage.Extrapolated,
        ["predicted"] = coverage.Predicted,
    };

    public static JsonObject Tensor(string name, DType type, string shape, BatchLayout? batch) => new()
    {
        ["name"] = name,
        ["type"] = type.Text(),
        ["shape"] = shape,
        ["batch_axis"] = batch?.Axis,
    };
}
