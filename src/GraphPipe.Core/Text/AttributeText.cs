using System.Globalization;
using System.Text;
using GraphPipe.Bundle;

namespace GraphPipe.Core;

/// <summary>Prints attribute values; <see cref="Parser"/> reads them back.</summary>
internal static class AttributeText
{
    public static void Append(StringBuilder text, AttributeValue value, Printer printer)
    {
        switch (value)
        {
            case AttributeValue.Int i:
                text.Append(i.Value.ToString(CultureInfo.InvariantCulture));
                break;
            case AttributeValue.Float f when float.IsNaN(f.Value):
                text.Append("bits(").Append(BitConverter.SingleToUInt32Bits(f.Value).ToString("x8", CultureInfo.InvariantCulture)).Append(')');
                break;
            case AttributeValue.Float f:
                text.Append(TensorText.Float(f.Value));
                break;
            case AttributeValue.Text t:
                Names.AppendQuoted(text, t.Value);
                break;
            case AttributeValue.Ints list:
                List(text, "ints", list.Values, (b, v) => b.Append(v.ToString(CultureInfo.InvariantCulture)));
                break;
            case AttributeValue.Floats list:
                List(text, "floats", list.Values, (b, v) => b.Append(float.IsNaN(v) ? $"bits({BitConverter.SingleToUInt32Bits(v):x8})" : TensorText.Float(v)));
                break;
            case AttributeValue.Texts list:
                List(text, "texts", list.Values, Names.AppendQuoted);
                break;
            case IrAttribute.Tensor tensor:
                Tensor(text, tensor.Value);
                break;
            case IrAttribute.Tensors list:
                List(text, "tensors", list.Values, Tensor);
                break;
            case IrAttribute.SparseTensor sparse:
                text.Append("sparse(");
                Tensor(text, sparse.Values);
                text.Append(", ");
                Tensor(text, sparse.Indices);
                text.Append(", ");
                List(text, "ints", sparse.Shape, (b, v) => b.Append(v.ToString(CultureInfo.InvariantCulture)));
                text.Append(')');
                break;
            case IrAttribute.Type type:
                text.Append("type(");
                printer.Type(type.Value);
                text.Append(')');
                break;
            case IrAttribute.Opaque opaque:
                text.Append("opaque(");
                Names.AppendQuoted(text, opaque.Kind);
                text.Append(", ");
                Names.AppendQuoted(text, Convert.ToBase64String(opaque.Bytes.AsSpan()));
                text.Append(')');
                break;
            default:
                throw new InvalidOperationException($"attribute kind {value.GetType().Name} has no text form");
        }
    }

    private static void Tensor(StringBuilder text, TensorData data)
    {
        text.Append("tensor(").Append(data).Append(" #").Append(data.Hash);
        if (TensorText.CanInline(data))
        {
            text.Append(" = ");
            TensorText.Append(text, data);
        }

        text.Append(')');
    }

    private static void List<T>(StringBuilder text, string kind, IEnumerable<T> values, Action<StringBuilder, T> append)
    {
        text.Append(kind).Append('[');
        string separator = "";
        foreach (var value in values)
        {
            text.Append(separator);
            append(text, value);
            separator = ", ";
        }

        text.Append(']');
    }

    private static void List(StringBuilder text, string kind, IEnumerable<string> values, Action<StringBuilder, string> append) =>
        List<string>(text, kind, values, append);
}
