using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace GraphPipe.Bundle;

/// <summary>
/// One dimension of a shape: a polynomial with whole coefficients over named symbols, e.g. <c>8</c>, <c>N</c>, <c>12*N</c>, <c>S-1</c>.
/// Polynomials are kept in a canonical order, so equal dimensions are equal values. Sizes that are no polynomial of the
/// inputs' dimensions are given a symbol of their own by whoever meets them.
/// </summary>
public sealed class Dim : IEquatable<Dim>
{
    /// <summary>The name of the batch symbol from level <c>core</c> on.</summary>
    public const string BatchSymbol = "N";

    private readonly ImmutableArray<Term> _terms;

    private Dim(ImmutableArray<Term> terms) => _terms = terms;

    public static Dim Zero { get; } = new([]);

    public static Dim One { get; } = Of(1);

    /// <summary>The batch dimension N.</summary>
    public static Dim Batch { get; } = Symbol(BatchSymbol);

    /// <summary>True if no symbol occurs.</summary>
    public bool IsConstant => _terms.Length == 0 || (_terms.Length == 1 && _terms[0].Factors.IsEmpty);

    /// <summary>The value of a constant dimension, else null.</summary>
    public long? Constant => _terms.Length == 0 ? 0 : IsConstant ? _terms[0].Coefficient : null;

    /// <summary>The symbols that occur, in order.</summary>
    public IEnumerable<string> Symbols => _terms.SelectMany(t => t.Factors).Select(f => f.Symbol).Distinct().Order(StringComparer.Ordinal);

    public static Dim Of(long value) => value == 0 ? Zero : new([new Term(value, [])]);

    public static Dim Symbol(string name) => new([new Term(1, [new Factor(name, 1)])]);

    public static implicit operator Dim(long value) => Of(value);

    public static Dim operator +(Dim a, Dim b) => Canonical(a._terms.Concat(b._terms));

    public static Dim operator -(Dim a, Dim b) => a + (b * -1);

    public static Dim operator *(Dim a, Dim b)
    {
        var products = from s in a._terms from t in b._terms select s.Times(t);
        return Canonical(products);
    }

    public static bool operator ==(Dim? a, Dim? b) => a is null ? b is null : a.Equals(b);

    public static bool operator !=(Dim? a, Dim? b) => !(a == b);

    /// <summary>True if <paramref name="symbol"/> occurs.</summary>
    public bool Contains(string symbol)
    {
        foreach (var term in _terms)
        {
            foreach (var factor in term.Factors)
            {
                if (factor.Symbol == symbol)
                    return true;
            }
        }

        return false;
    }

    /// <summary>The quotient if this dimension is a multiple of <paramref name="divisor"/> (a single term or a constant), else null.</summary>
    public Dim? DivideExactly(Dim divisor)
    {
        if (Equals(divisor) && _terms.Length > 0)
            return One;
        if (divisor._terms.Length != 1)
            return null;
        var quotient = new List<Term>(_terms.Length);
        foreach (var term in _terms)
        {
            if (term.Over(divisor._terms[0]) is not { } part)
                return null;
            quotient.Add(part);
        }

        return Canonical(quotient);
    }

    /// <summary>The factor k when the dimension is k·<paramref name="symbol"/>, else null.</summary>
    public long? MultipleOf(string symbol) => DivideExactly(Symbol(symbol))?.Constant;

    /// <summary>Replaces symbols by dimensions; symbols that <paramref name="value"/> answers null for stay.</summary>
    public Dim Substitute(Func<string, Dim?> value)
    {
        if (IsConstant)
            return this;
        var sum = Zero;
        foreach (var term in _terms)
        {
            var product = Of(term.Coefficient);
            foreach (var factor in term.Factors)
            {
                var replacement = value(factor.Symbol) ?? Symbol(factor.Symbol);
                for (int i = 0; i < factor.Power; i++)
                    product *= replacement;
            }

            sum += product;
        }

        return sum;
    }

    /// <summary>The number this dimension is when the batch has <paramref name="batch"/> samples.</summary>
    /// <exception cref="InvalidOperationException">Another symbol than N occurs.</exception>
    public long At(long batch)
    {
        long sum = 0;
        foreach (var term in _terms)
        {
            long product = term.Coefficient;
            foreach (var factor in term.Factors)
            {
                if (factor.Symbol != BatchSymbol)
                    throw new InvalidOperationException($"dimension {this} has the unbound symbol {factor.Symbol}");
                for (int i = 0; i < factor.Power; i++)
                    product = checked(product * batch);
            }

            sum = checked(sum + product);
        }

        return sum;
    }

    public bool Equals(Dim? other)
    {
        if (other is null || other._terms.Length != _terms.Length)
            return false;
        for (int i = 0; i < _terms.Length; i++)
        {
            if (_terms[i].Coefficient != other._terms[i].Coefficient || !_terms[i].SameFactors(other._terms[i]))
                return false;
        }

        return true;
    }

    public override bool Equals(object? obj) => obj is Dim other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var term in _terms)
        {
            hash.Add(term.Coefficient);
            foreach (var factor in term.Factors)
                hash.Add(factor);
        }

        return hash.ToHashCode();
    }

    /// <summary>E.g. <c>12*N</c>, <c>N*S+1</c>; <see cref="Parse"/> reads it back. Symbols that are no plain words stand in double quotes.</summary>
    public override string ToString()
    {
        if (_terms.IsEmpty)
            return "0";
        var text = new StringBuilder();
        foreach (var term in _terms)
        {
            if (term.Coefficient >= 0 && text.Length > 0)
                text.Append('+');
            if (term.Factors.IsEmpty)
            {
                text.Append(term.Coefficient.ToString(CultureInfo.InvariantCulture));
                continue;
            }

            if (term.Coefficient == -1)
                text.Append('-');
            else if (term.Coefficient != 1)
                text.Append(term.Coefficient.ToString(CultureInfo.InvariantCulture)).Append('*');
            text.AppendJoin('*', term.Factors.Select(f => f.ToString()));
        }

        return text.ToString();
    }

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">The text is no dimension.</exception>
    public static Dim Parse(string text) => DimParser.Parse(text);

    private static Dim Canonical(IEnumerable<Term> terms)
    {
        var sorted = new List<Term>();
        foreach (var term in terms)
        {
            int at = sorted.FindIndex(t => t.SameFactors(term));
            if (at < 0)
                sorted.Add(term);
            else
                sorted[at] = new Term(checked(sorted[at].Coefficient + term.Coefficient), term.Factors);
        }

        sorted.RemoveAll(t => t.Coefficient == 0);
        sorted.Sort(Term.Compare);
        return new Dim([.. sorted]);
    }

    private readonly record struct Factor(string Symbol, int Power)
    {
        public override string ToString()
        {
            string name = DimParser.IsWord(Symbol) ? Symbol : "\"" + Symbol.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
            return Power == 1 ? name : $"{name}^{Power}";
        }
    }

    private readonly record struct Term(long Coefficient, ImmutableArray<Factor> Factors)
    {
        public bool SameFactors(Term other) => Factors.AsSpan().SequenceEqual(other.Factors.AsSpan());

        public Term Times(Term other)
        {
            var powers = new SortedDictionary<string, int>(StringComparer.Ordinal);
            foreach (var factor in Factors.Concat(other.Factors))
                powers[factor.Symbol] = powers.GetValueOrDefault(factor.Symbol) + factor.Power;
            return new Term(checked(Coefficient * other.Coefficient), [.. powers.Select(p => new Factor(p.Key, p.Value))]);
        }

        public Term? Over(Term divisor)
        {
            if (Coefficient % divisor.Coefficient != 0)
                return null;
            var powers = new SortedDictionary<string, int>(StringComparer.Ordinal);
            foreach (var factor in Factors)
                powers[factor.Symbol] = factor.Power;
            foreach (var factor in divisor.Factors)
            {
                int left = powers.GetValueOrDefault(factor.Symbol) - factor.Power;
                if (left < 0)
                    return null;
                if (left == 0)
                    powers.Remove(factor.Symbol);
                else
                    powers[factor.Symbol] = left;
            }

            return new Term(Coefficient / divisor.Coefficient, [.. powers.Select(p => new Factor(p.Key, p.Value))]);
        }

        // Higher degrees first, then by name; the constant last.
        public static int Compare(Term a, Term b)
        {
            int byDegree = b.Factors.Sum(f => f.Power).CompareTo(a.Factors.Sum(f => f.Power));
            return byDegree != 0
                ? byDegree
                : string.CompareOrdinal(string.Join('*', a.Factors.Select(f => $"{f.Symbol}^{f.Power}")), string.Join('*', b.Factors.Select(f => $"{f.Symbol}^{f.Power}")));
        }
    }
}
