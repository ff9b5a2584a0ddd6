using System.Collections.Immutable;
using System.Globalization;
using GraphPipe.Bundle;

namespace GraphPipe.Core;

/// <content>Types, attributes and tokens.</content>
public sealed partial class Parser
{
    private IrType? Type()
    {
        if (TryPunctuation("?"))
            return null;
        string word = Word();
        switch (word)
        {
            case "seq":
                Punctuation("<");
                var element = Type() ?? throw Unexpected("a type");
                Punctuation(">");
                return new SequenceType(element);
            case "opt":
                Punctuation("<");
                var inner = Type() ?? throw Unexpected("a type");
                Punctuation(">");
                return new OptionalType(inner);
            case "map":
                Punctuation("<");
                var key = ElementType(Word());
                Punctuation(",");
                var value = Type() ?? throw Unexpected("a type");
                Punctuation(">");
                return new MapType(key, value);
            default:
                return TensorTypeOf(ElementType(word));
        }
    }

    private TensorType TensorTypeOf(DType type)
    {
        if (_token.Text != "[")
            throw Unexpected("a shape");
        string text = _lexer.Bracketed(_token.Position);
        Advance();
        Shape? shape = null;
        try
        {
            shape = text == "[*]" ? null : Shape.Parse(text);
        }
        catch (FormatException e)
        {
            throw _lexer.Error(_token.Line, e.Message);
        }

        var implied = _level != Level.Onnx && shape is { Rank: > 0 } s && s[0] == Dim.Batch ? BatchLayout.Leading : null;
        if (_token is not { Kind: TokenKind.Word, Text: "batch" })
            return new TensorType(type, shape, implied);
        Advance();
        Punctuation("(");
        if (_token.Text == "none")
        {
            Advance();
            Punctuation(")");
            return new TensorType(type, shape);
        }

        var layout = new BatchLayout((int)Long());
        if (TryPunctuation(","))
        {
            long outer = Long();
            Punctuation(",");
            layout = layout with { Outer = outer, Inner = Long() };
        }

        Punctuation(")");
        return new TensorType(type, shape, layout);
    }

    private DType ElementType(string word) => DTypes.TryParse(word, out var type) ? type : throw _lexer.Error(_token.Line, $"'{word}' is no element type");

    private Attributes ParseAttributes()
    {
        var attributes = Attributes.Empty;
        while (!TryPunctuation("}"))
        {
            string name = Name();
            Punctuation("=");
            attributes = attributes.With(name, ParseAttribute());
            TryPunctuation(",");
        }

        return attributes;
    }

    private AttributeValue ParseAttribute()
    {
        if (_token.Kind == TokenKind.Quoted)
            return new AttributeValue.Text(QuotedText());
        string word = Word();
        switch (word)
        {
            case "bits":
                Punctuation("(");
                var bits = new AttributeValue.Float(BitConverter.UInt32BitsToSingle(Hex(Word())));
                Punctuation(")");
                return bits;
            case "ints":
                return new AttributeValue.Ints(List(Long));
            case "floats":
                return new AttributeValue.Floats(List(FloatOrBits));
            case "texts":
                return new AttributeValue.Texts(List(QuotedText));
            case "tensor":
                return new IrAttribute.Tensor(Tensor());
            case "tensors":
                return new IrAttribute.Tensors(List(() =>
                {
                    Keyword("tensor");
                    return Tensor();
                }));
            case "sparse":
                Punctuation("(");
                Keyword("tensor");
                var values = Tensor();
                Punctuation(",");
                Keyword("tensor");
                var indices = Tensor();
                Punctuation(",");
                Keyword("ints");
                var shape = List(Long);
                Punctuation(")");
                return new IrAttribute.SparseTensor(values, indices, shape);
            case "type":
                Punctuation("(");
                var type = Type() ?? throw Unexpected("a type");
                Punctuation(")");
                return new IrAttribute.Type(type);
            case "opaque":
                Punctuation("(");
                string kind = QuotedText();
                Punctuation(",");
                var bytes = Convert.FromBase64String(QuotedText());
                Punctuation(")");
                return new IrAttribute.Opaque(kind, [.. bytes]);
            default:
                return Number(word);
        }
    }

    private AttributeValue Number(string word)
    {
        if (word.AsSpan().IndexOfAny('.', 'E') < 0 && long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole))
            return new AttributeValue.Int(whole);
        return new AttributeValue.Float(Checked(() => TensorText.ParseFloat(word)));
    }

    private float FloatOrBits()
    {
        string word = Word();
        if (word != "bits")
            return Checked(() => TensorText.ParseFloat(word));
        Punctuation("(");
        float value = BitConverter.UInt32BitsToSingle(Hex(Word()));
        Punctuation(")");
        return value;
    }

    private TensorData Tensor()
    {
        Punctuation("(");
        var type = TensorTypeOf(ElementType(Word()));
        Punctuation("#");
        string hash = Word();
        var shape = type.KnownShape.Select(d => d.Constant ?? throw Unexpected("a fixed shape")).ToImmutableArray();
        var data = TryPunctuation("=") ? InlineTensor(type.Type, shape) : _tensors[hash];
        Punctuation(")");
        return data ?? throw _lexer.Error(_token.Line, $"the elements of tensor #{hash} are in no side file");
    }

    private TensorData InlineTensor(DType type, ImmutableArray<long> shape)
    {
        Punctuation("{");
        var elements = new List<string>();
        while (!TryPunctuation("}"))
        {
            elements.Add(Word());
            TryPunctuation(",");
        }

        return Checked(() => TensorText.Parse(type, shape, elements));
    }

    private ImmutableArray<T> List<T>(Func<T> element)
    {
        Punctuation("[");
        var list = ImmutableArray.CreateBuilder<T>();
        while (!TryPunctuation("]"))
        {
            list.Add(element());
            TryPunctuation(",");
        }

        return list.ToImmutable();
    }

    private T Checked<T>(Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            throw _lexer.Error(_token.Line, e.Message);
        }
    }

    private uint Hex(string word) => Checked(() => uint.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    private T EnumOf<T>(string word)
        where T : struct, Enum =>
        Enum.TryParse<T>(word.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var value) && !char.IsAsciiDigit(word[0])
            ? value
            : throw _lexer.Error(_token.Line, $"'{word}' is no {typeof(T).Name}");

    private long Long()
    {
        string word = Word();
        return Checked(() => long.Parse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
    }

    private string Name() => _token.Kind is TokenKind.Word or TokenKind.Quoted ? Take() : throw Unexpected("a name");

    private string Word() => _token.Kind == TokenKind.Word ? Take() : throw Unexpected("a word");

    private string QuotedText() => _token.Kind == TokenKind.Quoted ? Take() : throw Unexpected("a quoted text");

    private void Keyword(string word)
    {
        if (!TryKeyword(word))
            throw Unexpected($"'{word}'");
    }

    private bool TryKeyword(string word)
    {
        if (_token.Kind != TokenKind.Word || _token.Text != word)
            return false;
        Advance();
        return true;
    }

    private void Punctuation(string text)
    {
        if (!TryPunctuation(text))
            throw Unexpected($"'{text}'");
    }

    private bool TryPunctuation(string text)
    {
        if (_token.Kind != TokenKind.Punctuation || _token.Text != text)
            return false;
        Advance();
        return true;
    }

    private string Take()
    {
        string text = _token.Text;
        Advance();
        return text;
    }

    private void Advance() => _token = _lexer.Next();

    private DiagnosticException Unexpected(string wanted) => _lexer.Error(_token.Line, $"found '{_token.Text}' where {wanted} should be");
}
