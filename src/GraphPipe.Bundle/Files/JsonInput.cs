using System.Text.Json;
using System.Text.Unicode;

namespace GraphPipe.Bundle;

/// <summary>
/// A place in a JSON file of ours, read strictly: what is missing, of the wrong type or out of range is reported with its path
/// (<c>$.buffers[3].shape</c>) under the file's code.
/// </summary>
internal readonly struct JsonInput
{
    private const int LongestShape = 4096;

    private readonly JsonElement _element;
    private readonly InputSource _source;
    private readonly string _path;

    private JsonInput(JsonElement element, InputSource source, string path)
    {
        _element = element;
        _source = source;
        _path = path;
    }

    public static JsonInput Parse(ReadOnlyMemory<byte> utf8, InputSource source)
    {
        if (!Utf8.IsValid(utf8.Span))
            throw source.Malformed("the text is not UTF-8");
        try
        {
            using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return new JsonInput(document.RootElement.Clone(), source, "$");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw source.Malformed($"no JSON document: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}");
        }
    }

    /// <summary>A member that must be there.</summary>
    public JsonInput this[string name] => Maybe(name) ?? throw Malformed($"'{name}' is missing");

    public bool IsObject => _element.ValueKind == JsonValueKind.Object;

    public bool IsArray => _element.ValueKind == JsonValueKind.Array;

    public bool IsNumber => _element.ValueKind == JsonValueKind.Number;

    public string Text
    {
        get
        {
            if (_element.ValueKind != JsonValueKind.String)
                throw Malformed("a string is expected");
            try
            {
                return _element.GetString()!;
            }
            catch (InvalidOperationException)
            {
                throw Malformed("the string is no valid Unicode text");
            }
        }
    }

    public bool Bool => _element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Malformed("true or false is expected"),
    };

    public double Double => IsNumber && _element.TryGetDouble(out double value) && double.IsFinite(value) ? value : throw Malformed("a number is expected");

    public float Single => IsNumber && _element.TryGetSingle(out float value) && float.IsFinite(value) ? value : throw Malformed("a number is expected");

    public ulong Unsigned => IsNumber && _element.TryGetUInt64(out ulong value) ? value : throw Malformed("a whole number of 0 or more is expected");

    public IEnumerable<JsonInput> Items
    {
        get
        {
            if (!IsArray)
                throw Malformed("a list is expected");
            return ItemsOf(this);
        }
    }

    public IEnumerable<(string Name, JsonInput Value)> Members
    {
        get
        {
            if (!IsObject)
                throw Malformed("an object is expected");
            return MembersOf(this);
        }
    }

    public DType Type => DTypes.TryParse(Text, out var type) ? type : throw Malformed($"'{Text}' is no element type");

    public Shape Shape => Read(Shape.Parse);

    public Dim Dim => Read(Dim.Parse);

    public DiagnosticException Malformed(string message) => _source.At(_path).Malformed(message);

    /// <summary>The same place, its faults under another code.</summary>
    public JsonInput Under(string code) => new(_element, _source with { Code = code }, _path);

    /// <summary>A batch layout, <c>[axis, outer, inner]</c>, that fits a shape.</summary>
    public BatchLayout Batch(Shape shape)
    {
        long[] numbers = [.. Items.Select(n => n.Long(0))];
        if (numbers.Length != 3 || numbers[0] > int.MaxValue)
            throw Malformed("a batch layout is axis, outer and inner factor");
        var layout = new BatchLayout((int)numbers[0], numbers[1], numbers[2]);
        return BufferRules.Fault(shape, layout) is { } fault ? throw Malformed(fault) : layout;
    }

    /// <summary>A member that may be absent or null.</summary>
    public JsonInput? Maybe(string name)
    {
        if (!IsObject)
            throw Malformed("an object is expected");
        return _element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? new JsonInput(value, _source, $"{_path}.{name}") : null;
    }

    public long Long(long min = long.MinValue, long max = long.MaxValue) =>
        IsNumber && _element.TryGetInt64(out long value) && value >= min && value <= max
            ? value
            : throw Malformed(min == long.MinValue ? "a whole number is expected" : $"a whole number from {min} to {max} is expected");

    public int Int(int min = 0, int max = int.MaxValue) => (int)Long(min, max);

    public T Choice<T>()
        where T : struct, Enum => Spelling.TryRead(Text, out T value) ? value : throw Malformed($"'{Text}' is none of {Spelling.All<T>()}");

    private static IEnumerable<JsonInput> ItemsOf(JsonInput list)
    {
        int i = 0;
        foreach (var item in list._element.EnumerateArray())
            yield return new JsonInput(item, list._source, $"{list._path}[{i++}]");
    }

    private static IEnumerable<(string Name, JsonInput Value)> MembersOf(JsonInput owner)
    {
        foreach (var member in owner._element.EnumerateObject())
        {
            string name;
            try
            {
                name = member.Name;
            }
            catch (InvalidOperationException)
            {
                throw owner.Malformed("a name is no valid Unicode text");
            }

            yield return (name, new JsonInput(member.Value, owner._source, $"{owner._path}.{name}"));
        }
    }

    private T Read<T>(Func<string, T> parse)
    {
        string text = Text;
        if (text.Length > LongestShape)
            throw Malformed("the expression is too long");
        try
        {
            return parse(text);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw Malformed($"'{text}': {e.Message}");
        }
    }
}
