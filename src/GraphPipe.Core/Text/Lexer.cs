using System.Globalization;
using System.Text;
using GraphPipe.Bundle;

namespace GraphPipe.Core;

internal enum TokenKind
{
    /// <summary>A run of bare name characters: keyword, name or number.</summary>
    Word,

    /// <summary>A quoted string, already unescaped.</summary>
    Quoted,

    /// <summary>One other character, or <c>-&gt;</c>.</summary>
    Punctuation,

    End,
}

internal readonly record struct Token(TokenKind Kind, string Text, int Line, int Position, int EndPosition);

/// <summary>Splits IR text into tokens, one at a time, with line numbers.</summary>
internal sealed class Lexer(string text, string file)
{
    private int _at;
    private int _line = 1;

    public Token Next()
    {
        Skip();
        int start = _at;
        if (_at >= text.Length)
            return new Token(TokenKind.End, "end of text", _line, start, start);
        char c = text[_at];
        if (c == '"')
            return Quoted();
        if (c == '-' && _at + 1 < text.Length && text[_at + 1] == '>')
        {
            _at += 2;
            return new Token(TokenKind.Punctuation, "->", _line, start, _at);
        }

        if (Names.IsBareChar(c))
        {
            // '+' belongs to a number's exponent only.
            while (_at < text.Length && (Names.IsBareChar(text[_at]) || (text[_at] == '+' && text[_at - 1] == 'E')))
                _at++;
            return new Token(TokenKind.Word, text[start.._at], _line, start, _at);
        }

        _at++;
        return new Token(TokenKind.Punctuation, c.ToString(), _line, start, _at);
    }

    /// <summary>Reads raw text from <paramref name="from"/> up to the bracket that closes the one there, for shapes.</summary>
    public string Bracketed(int from)
    {
        bool quoted = false;
        for (int i = from; i < text.Length; i++)
        {
            if (text[i] == '\\' && quoted)
                i++;
            else if (text[i] == '"')
                quoted = !quoted;
            else if (text[i] == ']' && !quoted)
            {
                _at = i + 1;
                return text[from..(i + 1)];
            }
        }

        throw Error(_line, "a shape does not end");
    }

    public DiagnosticException Error(int line, string message) =>
        new(Diagnostic.Error(Codes.IrSyntax, message, $"{file}, line {line}", "IR text has the form that inspect prints; see docs/ir.md"));

    private void Skip()
    {
        while (_at < text.Length)
        {
            char c = text[_at];
            if (c == '\n')
                _line++;
            if (c == '/' && _at + 1 < text.Length && text[_at + 1] == '/' && (_at == 0 || text[_at - 1] is '\n' or ' '))
            {
                while (_at < text.Length && text[_at] != '\n')
                    _at++;
            }
            else if (char.IsWhiteSpace(c))
            {
                _at++;
            }
            else
            {
                return;
            }
        }
    }

    private Token Quoted()
    {
        int start = _at;
        var value = new StringBuilder();
        for (_at++; _at < text.Length && text[_at] != '"'; _at++)
        {
            char c = text[_at];
            if (c == '\n')
                break;
            if (c != '\\' || _at + 1 >= text.Length)
            {
                value.Append(c);
                continue;
            }

            c = text[++_at];
            if (c == 'u')
            {
                if (_at + 4 >= text.Length || !int.TryParse(text.AsSpan(_at + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int code))
                    throw Error(_line, "\\u needs four hexadecimal digits");
                value.Append((char)code);
                _at += 4;
            }
            else
            {
                value.Append(c switch { 'n' => '\n', 'r' => '\r', 't' => '\t', _ => c });
            }
        }

        if (_at >= text.Length || text[_at] != '"')
            throw Error(_line, "a quoted text does not end");
        _at++;
        return new Token(TokenKind.Quoted, value.ToString(), _line, start, _at);
    }
}
