using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;
using GraphPipe.Onnx;

namespace GraphPipe;

/// <summary>What a model file says about its own training, in metadata properties <c>graphpipe.loss</c>, <c>graphpipe.frozen</c> and <c>graphpipe.range.NAME</c>.</summary>
/// <param name="Frozen">Patterns of parameters that are not to be trained.</param>
/// <param name="Ranges">For whole-number inputs: values lie in [0, range).</param>
public sealed record ModelHints(LossKind? Loss, ImmutableArray<string> Frozen, ImmutableSortedDictionary<string, long> Ranges)
{
    private const string Prefix = "graphpipe.";

    public static ModelHints None { get; } = new(null, [], ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal));

    public static ModelHints Of(OnnxModel model)
    {
        var properties = model.Properties;
        var ranges = from property in properties
                     where property.Key.StartsWith(Prefix + "range.", StringComparison.Ordinal)
                     let range = long.TryParse(property.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : 0
                     where range > 0
                     select KeyValuePair.Create(property.Key[(Prefix.Length + "range.".Length)..], range);
        return new ModelHints(
            properties.GetValueOrDefault(Prefix + "loss") switch { "mse" => LossKind.Mse, "cross_entropy" => LossKind.CrossEntropy, "output" => LossKind.Output, _ => null },
            [.. (properties.GetValueOrDefault(Prefix + "frozen") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
            ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, ranges));
    }
}
