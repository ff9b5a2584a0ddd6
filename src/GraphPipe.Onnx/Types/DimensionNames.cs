using System.Text;
using GraphPipe.Bundle;

namespace GraphPipe.Onnx;

/// <summary>
/// Dimensions and the texts that ONNX files name them with. Exporters write names (<c>batch</c>, <c>seq-len</c>) and expressions
/// (<c>batch*12</c>, <c>s0 + 1</c>, <c>floor(s0/2)</c>); what is a polynomial becomes one, anything else is one symbol.
/// </summary>
internal static class DimensionNames
{
    private const int LongestExpression = 256;

    public static Dim Read(string name)
    {
        if (name.Length > LongestExpression || IsHyphenated(name))
            return Dim.Symbol(name);
        try
        {
            var dim = Dim.Parse(name.Replace(" ", "", StringComparison.Ordinal));
            // A name that looks like a number is a name all the same: numbers have a field of their own.
            return dim.IsConstant ? Dim.Symbol(name) : dim;
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return Dim.Symbol(name);
        }
    }

    /// <summary>The text that <see cref="Read"/> makes this dimension of.</summary>
    public static string Write(Dim dim)
    {
        var symbols = dim.Symbols.ToArray();
        bool single = symbols.Length == 1 && dim == Dim.Symbol(symbols[0]);
        return single && Read(symbols[0]) == dim ? symbols[0] : Spaced(dim.ToString());
    }

    // "s0-s1" could be a name, "s0 - s1" is none.
    private static string Spaced(string expression)
    {
        var text = new StringBuilder();
        bool quoted = false;
        foreach (char c in expression)
        {
            quoted ^= c == '"';
            bool sign = !quoted && text.Length > 0 && c is ('+' or '-');
            text.Append(sign ? $" {c} " : c.ToString());
        }

        return text.ToString();
    }

    // "seq-len" and "a b" are names; "s0-1" and "s0 - s1" are expressions.
    private static bool IsHyphenated(string name)
    {
        bool quoted = name.StartsWith('"');
        for (int i = 1; i + 1 < name.Length; i++)
        {
            quoted ^= name[i] == '"';
            if (quoted)
                continue;
            if (name[i] is '-' && char.IsLetterOrDigit(name[i - 1]) && char.IsLetter(name[i + 1]))
                return true;
            if (name[i] == ' ' && IsWordChar(name[i - 1]) && IsWordChar(name[i + 1]))
                return true;
        }

        return false;
    }

    private static bool IsWordChar(char c) => char.IsLetterOrDigit(c) || c == '_';
}
