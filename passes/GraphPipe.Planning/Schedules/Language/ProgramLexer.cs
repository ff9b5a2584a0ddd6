namespace GraphPipe.Planning;

/// <summary>A word, a number or a sign of a program's line.</summary>
/// <param name="Text">Empty at the end of the line.</param>
/// <param name="Column">From 1.</param>
internal readonly record struct ProgramToken(string Text, int Column)
{
    public bool IsEnd => Text.Length == 0;

    public bool IsNumber => !IsEnd && char.IsAsciiDigit(Text[0]);

    /// <summary>Begins with a small letter: a keyword or the name of a number. Work begins with a capital.</summary>
    public bool IsName => !IsEnd && char.IsAsciiLetterLower(Text[0]);
}

/// <summary>Cuts a line of a program into tokens.</summary>
internal static class ProgramLexer
{
    /// <returns>Without blanks and the comment; with one empty token at the end. A character of no meaning is a token of its own.</returns>
    public static List<ProgramToken> Cut(string line)
    {
        var tokens = new List<ProgramToken>();
        int at = 0;
        while (at < line.Length && line[at] != '#')
        {
            int start = at;
            if (char.IsWhiteSpace(line[at]))
            {
                at++;
                continue;
            }

            if (char.IsAsciiLetterOrDigit(line[at]))
            {
                while (at < line.Length && (char.IsAsciiLetterOrDigit(line[at]) || line[at] == '_'))
                    at++;
            }
            else
            {
                at += line[at] is '<' or '>' && at + 1 < line.Length && line[at + 1] == '=' ? 2 : 1;
            }

            tokens.Add(new(line[start..at], start + 1));
        }

        tokens.Add(new("", line.AsSpan(0, at).TrimEnd().Length + 1));
        return tokens;
    }
}
