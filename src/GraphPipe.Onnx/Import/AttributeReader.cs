using System.Text;
using Google.Protobuf;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx.Proto;
using Kind = GraphPipe.Onnx.Proto.AttributeProto.Types.AttributeType;

namespace GraphPipe.Onnx;

/// <summary>Attribute values other than graphs.</summary>
internal sealed class AttributeReader(ImportContext context)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The kind of an attribute, found from its fields where the file does not say (IR version 1).</summary>
    public static Kind KindOf(AttributeProto a) =>
        a.HasType && a.Type != Kind.Undefined ? a.Type
        : a.HasF ? Kind.Float
        : a.HasI ? Kind.Int
        : a.HasS ? Kind.String
        : a.T is not null ? Kind.Tensor
        : a.G is not null ? Kind.Graph
        : a.SparseTensor is not null ? Kind.SparseTensor
        : a.Tp is not null ? Kind.TypeProto
        : a.Floats.Count > 0 ? Kind.Floats
        : a.Ints.Count > 0 ? Kind.Ints
        : a.Strings.Count > 0 ? Kind.Strings
        : a.Tensors.Count > 0 ? Kind.Tensors
        : a.Graphs.Count > 0 ? Kind.Graphs
        : a.SparseTensors.Count > 0 ? Kind.SparseTensors
        : a.TypeProtos.Count > 0 ? Kind.TypeProtos
        : Kind.Undefined;

    /// <summary>The value, or null and a diagnostic.</summary>
    public AttributeValue? Read(AttributeProto a, string where)
    {
        string which = $"{where}, attribute \"{a.Name}\"";
        switch (KindOf(a))
        {
            case Kind.Float:
                return new AttributeValue.Float(a.F);
            case Kind.Int:
                return new AttributeValue.Int(a.I);
            case Kind.String:
                return Text(a.S) is { } text ? new AttributeValue.Text(text) : Opaque(a);
            case Kind.Tensor:
                return a.T is null ? Missing(which) : context.Tensors.Read(a.T, which) is { } tensor ? new IrAttribute.Tensor(tensor) : null;
            case Kind.SparseTensor:
                return a.SparseTensor is null ? Missing(which) : context.Tensors.Read(a.SparseTensor, which);
            case Kind.TypeProto:
                return a.Tp is null ? Missing(which) : context.Types.Read(a.Tp, which) is { } type ? new IrAttribute.Type(type) : Opaque(a);
            case Kind.Floats:
                return new AttributeValue.Floats([.. a.Floats]);
            case Kind.Ints:
                return new AttributeValue.Ints([.. a.Ints]);
            case Kind.Strings:
                var texts = a.Strings.Select(Text).ToList();
                return texts.Contains(null) ? Opaque(a) : new AttributeValue.Texts([.. texts.Select(t => t!)]);
            case Kind.Tensors:
                var tensors = a.Tensors.Select(t => context.Tensors.Read(t, which)).ToList();
                return tensors.Contains(null) ? null : new IrAttribute.Tensors([.. tensors.Select(t => t!)]);
            case Kind.SparseTensors or Kind.TypeProtos:
                return Opaque(a);
            default:
                return Missing(which);
        }
    }

    // Kept byte for byte, but for its name, which the IR has anyway.
    private static IrAttribute.Opaque Opaque(AttributeProto a) => new(KindOf(a).ToString(), [.. a.ToByteArray()]);

    private static string? Text(ByteString bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes.Span);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private AttributeValue? Missing(string where)
    {
        context.Fail(Codes.AttributeMalformed, "an attribute has no value of its kind", where);
        return null;
    }
}
