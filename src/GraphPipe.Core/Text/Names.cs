using System.Globalization;
using System.Text;

namespace GraphPipe.Core;

/// <summary>Spelling of names and strings in IR text: bare where they are plain, else quoted with escapes.</summary>
internal static class Names
{
    public static bool IsBareChar(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '/' or '$' or '-';

    public static void Append(StringBuilder text, string name)
    {
        bool bare = name.Length > 0;
        foreach (char c in name)
            bare &= IsBareChar(c);
        // A trailing "->" or "-" would read on into the next token.
        if (bare && !name.EndsWith('-'))
            text.Append(name);
        else
            AppendQuoted(text, name);
    }

    public static void AppendQuoted(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
        {
            switch (c)
            {
                case '"': text.Append("\\\""); break;
                case '\\': text.Append("\\\\"); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                default:
                    if (char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' or '\ufeff')
                        text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                    else
                        text.Append(c);
                    break;
            }
        }

        text.Append('"');
    }
}
