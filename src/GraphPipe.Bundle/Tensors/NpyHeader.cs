using System.Collections.Immutable;
using System.Globalization;

namespace GraphPipe.Bundle;

/// <summary>
/// The header of a .npy array (numpy.lib.format): a Python dictionary such as
/// <c>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (3, 4), }</c>.
/// </summary>
internal sealed record NpyHeader(DType Type, bool Fortran, ImmutableArray<long> Shape)
{
    private const int HighestRank = 64;

    private static readonly ImmutableDictionary<string, DType> Types = new Dictionary<string, DType>
    {
        ["f8"] = DType.F64,
        ["f4"] = DType.F32,
        ["f2"] = DType.F16,
        ["i8"] = DType.I64,
        ["i4"] = DType.I32,
        ["i2"] = DType.I16,
        ["i1"] = DType.I8,
        ["u8"] = DType.U64,
        ["u4"] = DType.U32,
        ["u2"] = DType.U16,
        ["u1"] = DType.U8,
        ["b1"] = DType.Bool,
    }.ToImmutableDictionary();

    private static readonly ImmutableDictionary<DType, string> Names = Types.ToImmutableDictionary(p => p.Value, p => p.Key);

    public static bool Has(DType type) => Names.ContainsKey(type);

    public static NpyHeader Parse(string text, InputSource source) => new Parser(text, source).Read();

    /// <summary>The dictionary as numpy writes it.</summary>
    public override string ToString()
    {
        string order = Type.Bits() == 8 ? "|" : "<";
        string dims = Shape.Length == 1 ? $"{Shape[0]}," : string.Join(", ", Shape);
        return string.Create(CultureInfo.InvariantCulture, $"{{'descr': '{order}{Names[Type]}', 'fortran_order': {(Fortran ? "True" : "False")}, 'shape': ({dims}), }}");
    }

    private sealed class Parser(string text, InputSource source)
    {
        private int _at;

        public NpyHeader Read()
        {
            DType? type = null;
            bool? fortran = null;
            ImmutableArray<long>? shape = null;
            Expect('{');
            while (!Take('}'))
            {
                string key = Quoted();
                Expect(':');
                switch (key)
                {
                    case "descr" when type is null:
                        type = ReadType();
                        break;
                    case "fortran_order" when fortran is null:
                        fortran = ReadBool();
                        break;
                    case "shape" when shape is null:
                        shape = ReadShape();
                        break;
                    default:
                        throw source.Malformed($"'{key}' has no place in a header, or stands in it twice");
                }

                if (!Take(','))
                {
                    Expect('}');
                    break;
                }
            }

            SkipSpace();
            if (_at != text.Length)
                throw source.Malformed("the header goes on behind its end");
            return new NpyHeader(
                type ?? throw source.Malformed("the header has no 'descr'"),
                fortran ?? throw source.Malformed("the header has no 'fortran_order'"),
                shape ?? throw source.Malformed("the header has no 'shape'"));
        }

        private DType ReadType()
        {
            if (Peek() is not ('\'' or '"'))
                throw source.Malformed("arrays of structures are not read here", "save one plain array for each tensor");
            string descr = Quoted();
            if (descr.StartsWith('>') && descr.Length == 3 && descr[2] != '1')
                throw source.Malformed($"element type '{descr}' is big-endian", "save array.astype(array.dtype.newbyteorder('<'))");
            return descr.Length == 3 && descr[0] is ('<' or '|' or '=' or '>') && Types.TryGetValue(descr[1..], out var type)
                ? type
                : throw source.Malformed($"element type '{descr}' is not read here", "save floats, whole numbers or booleans");
        }

        private bool ReadBool()
        {
            SkipSpace();
            foreach (bool value in (ReadOnlySpan<bool>)[true, false])
            {
                string word = value ? "True" : "False";
                if (string.CompareOrdinal(text, _at, word, 0, word.Length) == 0)
                {
                    _at += word.Length;
                    return value;
                }
            }

            throw source.Malformed("'fortran_order' is neither True nor False");
        }

        private ImmutableArray<long> ReadShape()
        {
            var dims = ImmutableArray.CreateBuilder<long>();
            Expect('(');
            while (!Take(')'))
            {
                dims.Add(Number());
                if (dims.Count > HighestRank)
                    throw source.Malformed($"the array has more than {HighestRank} dimensions");
                if (!Take(','))
                {
                    Expect(')');
                    break;
                }
            }

            return dims.ToImmutable();
        }

        private long Number()
        {
            SkipSpace();
            int start = _at;
            while (_at < text.Length && char.IsAsciiDigit(text[_at]))
                _at++;
            bool isNumber = long.TryParse(text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out long value);

            // Python 2 wrote long integers as 3L.
            if (_at < text.Length && text[_at] == 'L')
                _at++;
            return isNumber ? value : throw source.Malformed("the shape is no list of whole numbers");
        }

        private string Quoted()
        {
            char quote = Peek();
            if (quote is not ('\'' or '"'))
                throw source.Malformed($"a quoted word is expected at {_at} in the header");
            int end = text.IndexOf(quote, _at + 1);
            if (end < 0)
                throw source.Malformed("a quoted word does not end in the header");
            string word = text[(_at + 1)..end];
            _at = end + 1;
            return word;
        }

        private char Peek()
        {
            SkipSpace();
            return _at < text.Length ? text[_at] : '\0';
        }

        private bool Take(char c)
        {
            if (Peek() != c)
                return false;
            _at++;
            return true;
        }

        private void Expect(char c)
        {
            if (!Take(c))
                throw source.Malformed($"'{c}' is expected at {_at} in the header");
        }

        private void SkipSpace()
        {
            while (_at < text.Length && text[_at] is (' ' or '\n' or '\r' or '\t'))
                _at++;
        }
    }
}
