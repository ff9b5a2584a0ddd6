using System.Globalization;
using System.Text;

namespace GraphPipe.Bundle;

/// <summary>Reads the text form of <see cref="Dim"/>: sums of products of numbers and symbols with powers.</summary>
internal static class DimParser
{
    public static bool IsWord(string symbol) =>
        symbol.Length > 0 && (char.IsAsciiLetter(symbol[0]) || symbol[0] is '_' or '?') && symbol.Skip(1).All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.');

    public static Dim Parse(string text)
    {
        int at = 0;
        var sum = Dim.Zero;
        if (text.Length == 0)
            throw new FormatException("a dimension is empty");
        while (at < text.Length)
        {
            int sign = 1;
            if (text[at] is '+' or '-')
                sign = text[at++] == '-' ? -1 : 1;
            sum += Product(text, ref at) * sign;
            if (at < text.Length && text[at] is not ('+' or '-'))
                throw new FormatException($"unexpected '{text[at]}' in dimension '{text}'");
        }

        return sum;
    }

    private static Dim Product(string text, ref int at)
    {
        var product = Atom(text, ref at);
        while (at < text.Length && text[at] == '*')
        {
            at++;
            product *= Atom(text, ref at);
        }

        return product;
    }

    private static Dim Atom(string text, ref int at)
    {
        if (at >= text.Length)
            throw new FormatException($"dimension '{text}' ends too early");
        if (char.IsAsciiDigit(text[at]))
            return Dim.Of(Number(text, ref at));
        var symbol = Dim.Symbol(text[at] == '"' ? Quoted(text, ref at) : Word(text, ref at));
        if (at >= text.Length || text[at] != '^')
            return symbol;
        at++;
        long power = Number(text, ref at);
        var result = Dim.One;
        for (long i = 0; i < Math.Min(power, 64); i++)
            result *= symbol;
        return result;
    }

    private static long Number(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
        return long.TryParse(text.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw new FormatException($"no number at {start} in dimension '{text}'");
    }

    private static string Word(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' or '.' or '?'))
            at++;
        return at > start ? text[start..at] : throw new FormatException($"unexpected '{text[at]}' in dimension '{text}'");
    }

    private static string Quoted(string text, ref int at)
    {
        var word = new StringBuilder();
        for (at++; at < text.Length && text[at] != '"'; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
                at++;
            word.Append(text[at]);
        }

        if (at >= text.Length)
            throw new FormatException($"a quoted symbol does not end in dimension '{text}'");
        at++;
        return word.ToString();
    }
}
