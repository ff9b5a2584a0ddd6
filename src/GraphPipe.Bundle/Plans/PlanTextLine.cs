using System.Globalization;
using System.Text;

namespace GraphPipe.Bundle;

/// <summary>A fault in one line of a plan's text; the parser adds the line's number.</summary>
internal sealed class PlanTextException(string message) : Exception(message);

/// <summary>Reads the words of one line of a plan's text from left to right.</summary>
internal sealed class PlanTextLine(string text)
{
    private const int LongestShape = 4096;

    private int _at;

    public bool AtEnd
    {
        get
        {
            while (_at < text.Length && text[_at] == ' ')
                _at++;
            return _at == text.Length;
        }
    }

    /// <summary>The next word, up to a space.</summary>
    public string Word(string expected)
    {
        if (AtEnd)
            throw new PlanTextException($"{expected} is expected at the end of the line");
        int start = _at;
        while (_at < text.Length && text[_at] != ' ')
            _at++;
        return text[start.._at];
    }

    public void Keyword(string keyword)
    {
        string word = Word($"'{keyword}'");
        if (word != keyword)
            throw new PlanTextException($"'{keyword}' is expected, not '{word}'");
    }

    /// <summary>Takes the next word if it is this one.</summary>
    public bool TryKeyword(string keyword)
    {
        int start = _at;
        if (!AtEnd && Word(keyword) == keyword)
            return true;
        _at = start;
        return false;
    }

    public void End()
    {
        if (!AtEnd)
            throw new PlanTextException($"'{text[_at..]}' is too much");
    }

    public long Number(string what, long min, long max)
    {
        string word = Word(what);
        return long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value >= min && value <= max
            ? value
            : throw new PlanTextException($"{what} is a number from {min} to {max}, not '{word}'");
    }

    /// <summary>A name, plain or quoted.</summary>
    public string Name(string what)
    {
        if (AtEnd)
            throw new PlanTextException($"{what} is expected at the end of the line");
        if (text[_at] == '"')
            return Quoted();
        string word = Word(what);
        return word.All(PlanTextNames.IsPlain) ? word : throw new PlanTextException($"'{word}' is no name; names with other characters stand in double quotes");
    }

    /// <summary>A reference to a thing: its name, or <c>#</c> and its number.</summary>
    public int Reference(string what, PlanTextNames names)
    {
        if (!AtEnd && text[_at] == '#')
        {
            string word = Word(what);
            return int.TryParse(word.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < names.Count
                ? number
                : throw new PlanTextException($"there is no {what} {word}");
        }

        string name = Name(what);
        int index = names.Find(name);
        return index >= 0 ? index : throw new PlanTextException($"no {what}, or more than one, is named '{name}'");
    }

    /// <summary>E.g. <c>f32[N,64]</c>.</summary>
    public (DType Type, Shape Shape) Tensor()
    {
        _ = AtEnd;
        int bracket = text.IndexOf('[', _at);
        if (bracket < 0 || !DTypes.TryParse(text.AsSpan(_at, bracket - _at), out var type))
            throw new PlanTextException("an element type and a shape are expected, such as f32[N,64]");
        int end = ShapeEnd(bracket);
        if (end - bracket > LongestShape)
            throw new PlanTextException("the shape is too long");
        try
        {
            var shape = Shape.Parse(text[bracket..end]);
            _at = end;
            return (type, shape);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new PlanTextException($"'{text[bracket..end]}': {e.Message}");
        }
    }

    /// <summary>E.g. <c>batch(0)</c> or <c>batch(1,2,8)</c>, if it is next.</summary>
    public BatchLayout? Batch()
    {
        const string Start = "batch(";
        if (AtEnd || string.CompareOrdinal(text, _at, Start, 0, Start.Length) != 0)
            return null;
        string word = Word("a batch layout");
        string[] parts = word[Start.Length..].TrimEnd(')').Split(',');
        long[] numbers = [.. parts.Select(p => long.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out long n) ? n : -1)];
        return word.EndsWith(')') && numbers.Length is 1 or 3 && numbers[0] is >= 0 and <= int.MaxValue && numbers.Skip(1).All(n => n > 0)
            ? numbers.Length == 1 ? new BatchLayout((int)numbers[0]) : new BatchLayout((int)numbers[0], numbers[1], numbers[2])
            : throw new PlanTextException($"'{word}' is no batch layout such as batch(0) or batch(1,2,8)");
    }

    /// <summary>E.g. <c>[0,2)</c>.</summary>
    public SampleRange Range(long miniBatch)
    {
        string word = Word("a range of samples");
        int comma = word.IndexOf(',', StringComparison.Ordinal);
        return comma > 0 && word[0] == '[' && word[^1] == ')'
            && long.TryParse(word.AsSpan(1, comma - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long start)
            && long.TryParse(word.AsSpan((comma + 1)..^1), NumberStyles.None, CultureInfo.InvariantCulture, out long end)
            && start < end && end <= miniBatch
            ? new SampleRange(start, end)
            : throw new PlanTextException($"'{word}' is no range of samples within the mini-batch, such as [0,{miniBatch})");
    }

    private int ShapeEnd(int bracket)
    {
        bool quoted = false;
        for (int i = bracket; i < text.Length; i++)
        {
            if (text[i] == '\\' && quoted)
                i++;
            else if (text[i] == '"')
                quoted = !quoted;
            else if (text[i] == ']' && !quoted)
                return i + 1;
        }

        throw new PlanTextException("a shape does not end");
    }

    private string Quoted()
    {
        var name = new StringBuilder();
        for (_at++; _at < text.Length && text[_at] != '"'; _at++)
        {
            if (text[_at] != '\\')
            {
                name.Append(text[_at]);
                continue;
            }

            _at++;
            if (_at < text.Length && text[_at] is ('"' or '\\'))
            {
                name.Append(text[_at]);
            }
            else if (_at + 4 < text.Length && text[_at] == 'u' && ushort.TryParse(text.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code))
            {
                name.Append((char)code);
                _at += 4;
            }
            else
            {
                throw new PlanTextException("a quoted name has an unknown escape; known are \\\", \\\\ and \\uXXXX");
            }
        }

        if (_at >= text.Length)
            throw new PlanTextException("a quoted name does not end");
        _at++;
        return name.ToString();
    }
}
