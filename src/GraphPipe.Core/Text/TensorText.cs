using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using GraphPipe.Bundle;

namespace GraphPipe.Core;

/// <summary>
/// Elements of small tensors in IR text: <c>{0.5, -1, nan}</c>. Floats print shortest so that they read back to the same bits; NaNs other
/// than the usual one, and those of halves, are not inlined.
/// </summary>
internal static class TensorText
{
    public static bool CanInline(TensorData data)
    {
        if (data.Count > Printer.InlineElements)
            return false;
        return data.Type switch
        {
            DType.F32 => !data.As<float>().ToArray().Any(v => float.IsNaN(v) && BitConverter.SingleToUInt32Bits(v) != BitConverter.SingleToUInt32Bits(float.NaN)),
            DType.F64 => !data.As<double>().ToArray().Any(v => double.IsNaN(v) && BitConverter.DoubleToUInt64Bits(v) != BitConverter.DoubleToUInt64Bits(double.NaN)),
            DType.F16 or DType.BF16 => Enumerable.Range(0, (int)data.Count).All(i => !double.IsNaN(data.DoubleAt(i))),
            DType.I64 or DType.I32 => true,
            DType.Bool => data.Bytes.ToArray().All(b => b <= 1),
            _ => false,
        };
    }

    public static void Append(StringBuilder text, TensorData data)
    {
        text.Append('{');
        for (int i = 0; i < data.Count; i++)
        {
            if (i > 0)
                text.Append(", ");
            text.Append(data.Type switch
            {
                DType.F32 => Float(data.As<float>()[i]),
                DType.F64 => Float(data.As<double>()[i]),
                DType.F16 or DType.BF16 => Float((float)data.DoubleAt(i)),
                _ => data.LongAt(i).ToString(CultureInfo.InvariantCulture),
            });
        }

        text.Append('}');
    }

    public static string Float(float value) => float.IsFinite(value) ? Pointed(value.ToString("R", CultureInfo.InvariantCulture)) : Special(value);

    public static string Float(double value) => double.IsFinite(value) ? Pointed(value.ToString("R", CultureInfo.InvariantCulture)) : Special(value);

    /// <summary>Builds the tensor from the elements' text.</summary>
    /// <exception cref="FormatException">An element is no number of the type.</exception>
    public static TensorData Parse(DType type, ImmutableArray<long> shape, IReadOnlyList<string> elements) => type switch
    {
        DType.F32 => TensorData.Of<float>(type, shape, elements.Select(ParseFloat).ToArray()),
        DType.F64 => TensorData.Of<double>(type, shape, elements.Select(ParseDouble).ToArray()),
        DType.F16 => TensorData.Of<Half>(type, shape, elements.Select(e => (Half)ParseFloat(e)).ToArray()),
        DType.BF16 => TensorData.Of<BFloat16>(type, shape, elements.Select(e => BFloat16.Of(ParseFloat(e))).ToArray()),
        DType.I64 => TensorData.Of<long>(type, shape, elements.Select(e => long.Parse(e, CultureInfo.InvariantCulture)).ToArray()),
        DType.I32 => TensorData.Of<int>(type, shape, elements.Select(e => int.Parse(e, CultureInfo.InvariantCulture)).ToArray()),
        DType.Bool => TensorData.Of<byte>(type, shape, elements.Select(e => byte.Parse(e, CultureInfo.InvariantCulture)).ToArray()),
        _ => throw new FormatException($"tensors of {type.Text()} do not stand inline"),
    };

    public static float ParseFloat(string text) => text switch
    {
        "nan" => float.NaN,
        "inf" => float.PositiveInfinity,
        "-inf" => float.NegativeInfinity,
        _ => float.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    public static double ParseDouble(string text) => text switch
    {
        "nan" => double.NaN,
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    // A float always shows that it is one, so that attributes keep their kind.
    private static string Pointed(string text) => text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text;

    private static string Special(double value) => double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
