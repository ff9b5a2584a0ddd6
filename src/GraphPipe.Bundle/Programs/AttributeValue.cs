using System.Collections.Immutable;

namespace GraphPipe.Bundle;

/// <summary>The value of an attribute of an op or a kernel call. Compared by content.</summary>
public abstract record AttributeValue
{
    public sealed record Int(long Value) : AttributeValue;

    public sealed record Float(float Value) : AttributeValue
    {
        // NaN equals NaN here, and -0 differs from 0: an attribute is bits.
        public bool Equals(Float? other) => other is not null && BitConverter.SingleToInt32Bits(Value) == BitConverter.SingleToInt32Bits(other.Value);

        public override int GetHashCode() => BitConverter.SingleToInt32Bits(Value);
    }

    public sealed record Text(string Value) : AttributeValue;

    public sealed record Ints(ImmutableArray<long> Values) : AttributeValue
    {
        public bool Equals(Ints? other) => other is not null && Values.AsSpan().SequenceEqual(other.Values.AsSpan());

        public override int GetHashCode() => Values.Length;
    }

    public sealed record Floats(ImmutableArray<float> Values) : AttributeValue
    {
        public bool Equals(Floats? other) =>
            other is not null && Values.Select(BitConverter.SingleToInt32Bits).SequenceEqual(other.Values.Select(BitConverter.SingleToInt32Bits));

        public override int GetHashCode() => Values.Length;
    }

    public sealed record Texts(ImmutableArray<string> Values) : AttributeValue
    {
        public bool Equals(Texts? other) => other is not null && Values.AsSpan().SequenceEqual(other.Values.AsSpan());

        public override int GetHashCode() => Values.Length;
    }

    public static implicit operator AttributeValue(long value) => new Int(value);

    public static implicit operator AttributeValue(float value) => new Float(value);

    public static implicit operator AttributeValue(string value) => new Text(value);

    public static implicit operator AttributeValue(ImmutableArray<long> values) => new Ints(values);
}

/// <summary>The named attributes of an op or a kernel call, in ordinal order of their names. Immutable.</summary>
public sealed class Attributes : IEquatable<Attributes>
{
    private readonly ImmutableSortedDictionary<string, AttributeValue> _values;

    private Attributes(ImmutableSortedDictionary<string, AttributeValue> values) => _values = values;

    public static Attributes Empty { get; } = new(ImmutableSortedDictionary.Create<string, AttributeValue>(StringComparer.Ordinal));

    public int Count => _values.Count;

    public IEnumerable<KeyValuePair<string, AttributeValue>> Pairs => _values;

    public AttributeValue? this[string name] => _values.GetValueOrDefault(name);

    public Attributes With(string name, AttributeValue value) => new(_values.SetItem(name, value));

    public Attributes Without(string name) => new(_values.Remove(name));

    public bool Has(string name) => _values.ContainsKey(name);

    public long Int(string name, long otherwise) => this[name] is AttributeValue.Int i ? i.Value : otherwise;

    public float Float(string name, float otherwise) => this[name] is AttributeValue.Float f ? f.Value : otherwise;

    /// <summary>
    /// A float as the decimal number it was written as: 0.999f is 0.999, not 0.99900001287. What is computed from it (1 − β₂) is then as exact
    /// as in frameworks that keep such settings in double.
    /// </summary>
    public double Decimal(string name, double otherwise) =>
        this[name] is AttributeValue.Float f ? double.Parse(f.Value.ToString("R", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture) : otherwise;

    public string Text(string name, string otherwise) => this[name] is AttributeValue.Text t ? t.Value : otherwise;

    public ImmutableArray<long>? Ints(string name) => this[name] is AttributeValue.Ints i ? i.Values : null;

    public ImmutableArray<float>? Floats(string name) => this[name] is AttributeValue.Floats f ? f.Values : null;

    public bool Equals(Attributes? other) => other is not null && _values.SequenceEqual(other._values);

    public override bool Equals(object? obj) => Equals(obj as Attributes);

    public override int GetHashCode() => _values.Count;
}
