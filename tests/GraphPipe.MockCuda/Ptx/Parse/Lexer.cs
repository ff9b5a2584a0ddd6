using System.Globalization;

namespace GraphPipe.MockCuda.Ptx.Parse;

/// <summary>What a token is; see <see cref="Lexer"/>.</summary>
internal enum TokenKind
{
    /// <summary>A name: an opcode, a register, a label, a symbol.</summary>
    Name,

    /// <summary>A dot and a name: a directive, a modifier, the component of a special register. The text has no dot.</summary>
    Dotted,

    /// <summary>A literal; its value is in <see cref="Token.Value"/>.</summary>
    Number,

    /// <summary>A quoted string, without its quotes.</summary>
    Text,

    /// <summary>One of , ; : { } [ ] ( ) | ! @ = + - &lt; &gt;.</summary>
    Sign,

    /// <summary>The end of the module.</summary>
    End,
}

/// <summary>How a literal is written (PTX ISA 4.5): 12, 0f3F800000, 0d3FF0000000000000 or 1.5.</summary>
internal enum LiteralKind
{
    Integer,
    Single,
    Double,
}

/// <summary>A literal's bits: of an integer its two's complement, of a float its IEEE bits.</summary>
internal readonly record struct Literal(LiteralKind Kind, ulong Bits);

/// <summary>One token with its line, from 1.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Line, Literal Value = default)
{
    public bool Is(char sign) => Kind == TokenKind.Sign && Text[0] == sign;
}

/// <summary>PTX text to tokens (PTX ISA 4.1 to 4.5): comments go, a dot opens a directive or a modifier.</summary>
internal static class Lexer
{
    public static List<Token> Read(string text)
    {
        var tokens = new List<Token>(text.Length / 4);
        int line = 1, at = 0;
        while (at < text.Length)
        {
            char c = text[at];
            if (c == '\n')
                line++;
            if (char.IsWhiteSpace(c) || c == '\0')
            {
                at++;
            }
            else if (c == '/' && Next(text, at) == '/')
            {
                while (at < text.Length && text[at] != '\n')
                    at++;
            }
            else if (c == '/' && Next(text, at) == '*')
            {
                int end = text.IndexOf("*/", at + 2, StringComparison.Ordinal);
                if (end < 0)
                    throw new PtxException(line, "comment without an end");
                line += text.AsSpan(at, end - at).Count('\n');
                at = end + 2;
            }
            else if (c == '"')
            {
                int end = text.IndexOf('"', at + 1);
                if (end < 0)
                    throw new PtxException(line, "string without an end");
                tokens.Add(new Token(TokenKind.Text, text[(at + 1)..end], line));
                at = end + 1;
            }
            else if (c == '.' && IsNameStart(Next(text, at)))
            {
                int end = EndOfModifier(text, at + 1);
                tokens.Add(new Token(TokenKind.Dotted, text[(at + 1)..end], line));
                at = end;
            }
            else if (char.IsAsciiDigit(c))
            {
                int end = EndOfNumber(text, at);
                tokens.Add(new Token(TokenKind.Number, text[at..end], line, Number(text[at..end], line)));
                at = end;
            }
            else if (IsNameStart(c))
            {
                int end = EndOfName(text, at + 1);
                tokens.Add(new Token(TokenKind.Name, text[at..end], line));
                at = end;
            }
            else if (",;:{}[]()|!@=+-<>".Contains(c))
            {
                tokens.Add(new Token(TokenKind.Sign, c.ToString(), line));
                at++;
            }
            else
            {
                throw new PtxException(line, $"character '{c}' is not PTX");
            }
        }
        tokens.Add(new Token(TokenKind.End, "", line));
        return tokens;
    }

    private static char Next(string text, int at) => at + 1 < text.Length ? text[at + 1] : '\0';

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c is '_' or '$' or '%';

    private static int EndOfName(string text, int at)
    {
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' or '$' or '%'))
            at++;
        return at;
    }

    /// <summary>A modifier may hold "::" (shared::cta).</summary>
    private static int EndOfModifier(string text, int at)
    {
        at = EndOfName(text, at);
        while (at + 2 < text.Length && text[at] == ':' && text[at + 1] == ':' && IsNameStart(text[at + 2]))
            at = EndOfName(text, at + 2);
        return at;
    }

    private static int EndOfNumber(string text, int at)
    {
        int start = at;
        bool hex = text[at] == '0' && Next(text, at) is 'x' or 'X' or 'f' or 'F' or 'd' or 'D' or 'b' or 'B';
        while (at < text.Length)
        {
            char c = text[at];
            bool exponentSign = !hex && c is '+' or '-' && at > start && text[at - 1] is 'e' or 'E' && text[start..at].Contains('.');
            if (!char.IsAsciiLetterOrDigit(c) && !exponentSign && !(c == '.' && !hex && char.IsAsciiDigit(Next(text, at))))
                break;
            at++;
        }
        return at;
    }

    private static Literal Number(string text, int line)
    {
        try
        {
            string low = text.ToLowerInvariant();
            if (low.StartsWith("0f", StringComparison.Ordinal))
                return new Literal(LiteralKind.Single, uint.Parse(low.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            if (low.StartsWith("0d", StringComparison.Ordinal))
                return new Literal(LiteralKind.Double, ulong.Parse(low.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            if (low.Contains('.'))
            {
                double value = double.Parse(low, NumberStyles.Float, CultureInfo.InvariantCulture);
                return new Literal(LiteralKind.Double, BitConverter.DoubleToUInt64Bits(value));
            }
            low = low.TrimEnd('u');
            if (low.StartsWith("0x", StringComparison.Ordinal))
                return new Literal(LiteralKind.Integer, ulong.Parse(low.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            if (low.StartsWith("0b", StringComparison.Ordinal))
                return new Literal(LiteralKind.Integer, Convert.ToUInt64(low[2..], 2));
            return low.Length > 1 && low[0] == '0'
                ? new Literal(LiteralKind.Integer, Convert.ToUInt64(low, 8))
                : new Literal(LiteralKind.Integer, ulong.Parse(low, CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new PtxException(line, $"'{text}' is not a PTX literal");
        }
    }
}
