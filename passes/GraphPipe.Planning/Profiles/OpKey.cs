using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Planning;

/// <summary>
/// What a measured time belongs to: an operator, its operands and results with the samples as N, and its attributes, e.g.
/// <c>Gemm(f32[N,64], f32[64,32]){transB=1} -> f32[N,32]</c>. Nothing in it is the model's own, so that repeated layers are one entry, and other
/// models find it too. Floats are left out: they go into the arithmetic and don't change its time, and a learning rate or an epsilon would make
/// equal work differ.
/// </summary>
public readonly record struct OpKey(string Text)
{
    /// <summary>The operator alone, for finding similar ones.</summary>
    public string Operator => Text[..Math.Max(0, Text.IndexOf('(', StringComparison.Ordinal))];

    /// <param name="op">The operator's name, as stage programs have it.</param>
    /// <param name="operands">Types such as <c>f32[N,64]</c>; null for one that is left out.</param>
    /// <param name="results">The same; none for an op that works in place.</param>
    public static OpKey Of(string op, Attributes attributes, IEnumerable<string?> operands, IEnumerable<string?> results)
    {
        string[] stated = [.. attributes.Pairs.Select(a => (a.Key, Text: TextOf(a.Value))).Where(a => a.Text is not null).Select(a => $"{a.Key}={a.Text}")];
        return new OpKey($"{op}({List(operands)}){(stated.Length > 0 ? $"{{{string.Join(", ", stated)}}}" : "")} -> {List(results)}");
    }

    /// <summary>The spelling of a tensor type in keys.</summary>
    public static string TypeText(DType type, Shape shape) => $"{type.Text()}{shape}";

    public override string ToString() => Text;

    private static string List(IEnumerable<string?> types) => string.Join(", ", types.Select(t => t ?? "_"));

    // Null for what does not decide the time, and for what programs don't carry (tensors, types).
    private static string? TextOf(AttributeValue value) => value switch
    {
        AttributeValue.Int i => i.Value.ToString(CultureInfo.InvariantCulture),
        AttributeValue.Ints i => $"[{string.Join(',', i.Values)}]",
        AttributeValue.Text t => $"\"{t.Value}\"",
        AttributeValue.Texts t => $"[{string.Join(',', t.Values.Select(v => $"\"{v}\""))}]",
        _ => null,
    };
}
