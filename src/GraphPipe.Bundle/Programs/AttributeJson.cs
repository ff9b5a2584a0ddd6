using System.Globalization;
using System.Text.Json;

namespace GraphPipe.Bundle;

/// <summary>
/// Attribute values in JSON: <c>3</c>, <c>"text"</c>, <c>[1,2]</c> for whole numbers and texts; <c>{"float":0.5}</c>, <c>{"floats":[…]}</c>,
/// <c>{"texts":[…]}</c> for the others. A float that is no number is <c>"NaN"</c>, <c>"Infinity"</c>, <c>"-Infinity"</c> or, for other NaNs, its
/// bits (<c>"0x7fc00001"</c>), so every float comes back bit for bit.
/// </summary>
internal static class AttributeJson
{
    public static void Write(Utf8JsonWriter json, AttributeValue value)
    {
        switch (value)
        {
            case AttributeValue.Int i:
                json.WriteNumberValue(i.Value);
                break;
            case AttributeValue.Text t:
                json.WriteStringValue(t.Value);
                break;
            case AttributeValue.Ints ints:
                json.WriteStartArray();
                foreach (long i in ints.Values)
                    json.WriteNumberValue(i);
                json.WriteEndArray();
                break;
            case AttributeValue.Float f:
                json.WriteStartObject();
                json.WritePropertyName("float");
                WriteFloat(json, f.Value);
                json.WriteEndObject();
                break;
            case AttributeValue.Floats floats:
                json.WriteStartObject();
                json.WriteStartArray("floats");
                foreach (float f in floats.Values)
                    WriteFloat(json, f);
                json.WriteEndArray();
                json.WriteEndObject();
                break;
            case AttributeValue.Texts texts:
                json.WriteStartObject();
                json.WriteStartArray("texts");
                foreach (string text in texts.Values)
                    json.WriteStringValue(text);
                json.WriteEndArray();
                json.WriteEndObject();
                break;
            default:
                throw new ArgumentException($"attribute values of {value.GetType()} have no form in JSON", nameof(value));
        }
    }

    public static AttributeValue Read(JsonInput json)
    {
        if (json.IsNumber)
            return new AttributeValue.Int(json.Long());
        if (json.IsArray)
            return new AttributeValue.Ints([.. json.Items.Select(i => i.Long())]);
        if (!json.IsObject)
            return new AttributeValue.Text(json.Text);
        if (json.Maybe("float") is { } single)
            return new AttributeValue.Float(ReadFloat(single));
        if (json.Maybe("floats") is { } floats)
            return new AttributeValue.Floats([.. floats.Items.Select(ReadFloat)]);
        return new AttributeValue.Texts([.. json["texts"].Items.Select(t => t.Text)]);
    }

    private static void WriteFloat(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value))
            json.WriteNumberValue(value);
        else if (float.IsInfinity(value))
            json.WriteStringValue(value > 0 ? "Infinity" : "-Infinity");
        else if (BitConverter.SingleToInt32Bits(value) == BitConverter.SingleToInt32Bits(float.NaN))
            json.WriteStringValue("NaN");
        else
            json.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"0x{BitConverter.SingleToUInt32Bits(value):x8}"));
    }

    private static float ReadFloat(JsonInput json)
    {
        if (json.IsNumber)
            return json.Single;
        string text = json.Text;
        return text switch
        {
            "NaN" => float.NaN,
            "Infinity" => float.PositiveInfinity,
            "-Infinity" => float.NegativeInfinity,
            _ when text.Length == 10 && text.StartsWith("0x", StringComparison.Ordinal)
                && uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint bits) => BitConverter.UInt32BitsToSingle(bits),
            _ => throw json.Malformed($"'{text}' is no float"),
        };
    }
}
