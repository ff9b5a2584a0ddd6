using System.Globalization;
using System.Text;

namespace GraphPipe.Bundle;

/// <summary>How plan text refers to things by name: the name where only one thing has it, else <c>#</c> and the number.</summary>
internal sealed class PlanTextNames
{
    private readonly List<string> _names = [];
    private readonly Dictionary<string, int> _unique = new(StringComparer.Ordinal);

    public PlanTextNames(IEnumerable<string> names)
    {
        foreach (string name in names)
            Add(name);
    }

    public int Count => _names.Count;

    /// <summary>The reference to a thing.</summary>
    public string this[int index] => _unique[_names[index]] >= 0 ? Quote(_names[index]) : string.Create(CultureInfo.InvariantCulture, $"#{index}");

    public void Add(string name)
    {
        _unique[name] = _unique.ContainsKey(name) ? -1 : _names.Count;
        _names.Add(name);
    }

    /// <summary>The number of the thing with this name; -1 if none or several have it.</summary>
    public int Find(string name) => _unique.GetValueOrDefault(name, -1);

    /// <summary>True for letters, digits and the punctuation that names of tensors and devices have.</summary>
    public static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '/' or ':' or '-' or '+' or '@' or '$' or '%';

    /// <summary>A name as it stands in the text.</summary>
    public static string Quote(string name)
    {
        // "//" begins a comment only where a line begins; names never stand there.
        if (name.Length > 0 && name.All(IsPlain))
            return name;
        var text = new StringBuilder("\"");
        for (int i = 0; i < name.Length; i++)
        {
            char c = name[i];
            if (c is '"' or '\\')
                text.Append('\\').Append(c);
            else if (char.IsSurrogate(c) && i + 1 < name.Length && char.IsSurrogatePair(c, name[i + 1]))
                text.Append(c).Append(name[++i]);
            else if (char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' or '\uFEFF')
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                text.Append(c);
        }

        return text.Append('"').ToString();
    }
}
