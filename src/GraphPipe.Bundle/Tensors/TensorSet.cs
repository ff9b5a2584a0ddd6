using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace GraphPipe.Bundle;

/// <summary>The tensors of a file by name, in the file's order, with what it says about itself. Immutable.</summary>
public sealed class TensorSet : IReadOnlyDictionary<string, TensorData>
{
    private readonly OrderedDictionary<string, TensorData> _tensors;

    /// <param name="tensors">Names, unique, and tensors.</param>
    /// <param name="metadata">Texts beside the tensors; only safetensors files have them.</param>
    /// <exception cref="ArgumentException">A name occurs twice.</exception>
    public TensorSet(IEnumerable<KeyValuePair<string, TensorData>> tensors, ImmutableSortedDictionary<string, string>? metadata = null)
    {
        _tensors = new OrderedDictionary<string, TensorData>(StringComparer.Ordinal);
        foreach (var (name, tensor) in tensors)
            _tensors.Add(name, tensor);
        Metadata = metadata ?? NoMetadata;
    }

    public static TensorSet Empty { get; } = new([]);

    public ImmutableSortedDictionary<string, string> Metadata { get; }

    public int Count => _tensors.Count;

    public IEnumerable<string> Keys => _tensors.Keys;

    public IEnumerable<TensorData> Values => _tensors.Values;

    internal static ImmutableSortedDictionary<string, string> NoMetadata { get; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public TensorData this[string name] => _tensors[name];

    public bool ContainsKey(string key) => _tensors.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out TensorData value) => _tensors.TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<string, TensorData>> GetEnumerator() => _tensors.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
