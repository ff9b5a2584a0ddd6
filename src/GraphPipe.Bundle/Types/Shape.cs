using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace GraphPipe.Bundle;

/// <summary>The dimensions of a tensor of known rank, outermost first. A scalar has none.</summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public sealed class Shape : IEquatable<Shape>, IReadOnlyList<Dim>
{
    private readonly ImmutableArray<Dim> _dims;

    private Shape(ImmutableArray<Dim> dims) => _dims = dims;

    public static Shape Scalar { get; } = new([]);

    public int Rank => _dims.Length;

    /// <summary>The rank, under the name that index expressions from the end need.</summary>
    public int Count => _dims.Length;

    public ImmutableArray<Dim> Dims => _dims;

    public Dim this[int axis] => _dims[axis];

    /// <summary>The product of all dimensions.</summary>
    public Dim Elements => _dims.Aggregate(Dim.One, (a, b) => a * b);

    /// <summary>True if every dimension is a number.</summary>
    public bool IsStatic => _dims.All(d => d.IsConstant);

    public static Shape Create(ReadOnlySpan<Dim> dims) => new([.. dims]);

    public static Shape Of(params ReadOnlySpan<long> dims)
    {
        var array = ImmutableArray.CreateBuilder<Dim>(dims.Length);
        foreach (long dim in dims)
            array.Add(dim);
        return new Shape(array.MoveToImmutable());
    }

    /// <summary>The dimensions as numbers.</summary>
    /// <exception cref="InvalidOperationException">A dimension other than a multiple of N is symbolic.</exception>
    public ImmutableArray<long> At(long batch) => [.. _dims.Select(d => d.At(batch))];

    /// <summary>True if the batch symbol or any other symbol named <paramref name="symbol"/> occurs.</summary>
    public bool Contains(string symbol) => _dims.Any(d => d.Contains(symbol));

    public Shape With(int axis, Dim dim) => new(_dims.SetItem(axis, dim));

    public Shape Substitute(Func<string, Dim?> value) => new([.. _dims.Select(d => d.Substitute(value))]);

    public bool Equals(Shape? other) => other is not null && _dims.AsSpan().SequenceEqual(other._dims.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as Shape);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var dim in _dims)
            hash.Add(dim);
        return hash.ToHashCode();
    }

    public static bool operator ==(Shape? a, Shape? b) => a is null ? b is null : a.Equals(b);

    public static bool operator !=(Shape? a, Shape? b) => !(a == b);

    public IEnumerator<Dim> GetEnumerator() => ((IEnumerable<Dim>)_dims).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>E.g. <c>[N,8,16]</c>.</summary>
    public override string ToString() => "[" + string.Join(',', _dims) + "]";

    /// <summary>Reads <c>[N,8,16]</c>.</summary>
    /// <exception cref="FormatException">The text is no shape.</exception>
    public static Shape Parse(string text)
    {
        if (text.Length < 2 || text[0] != '[' || text[^1] != ']')
            throw new FormatException($"'{text}' is no shape");
        string inner = text[1..^1];
        return inner.Length == 0 ? Scalar : new([.. SplitOutsideQuotes(inner).Select(Dim.Parse)]);
    }

    private static IEnumerable<string> SplitOutsideQuotes(string text)
    {
        bool quoted = false;
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && quoted)
                i++;
            else if (text[i] == '"')
                quoted = !quoted;
            else if (text[i] == ',' && !quoted)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return text[start..];
    }
}
