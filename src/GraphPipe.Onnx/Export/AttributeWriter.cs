using Google.Protobuf;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx.Proto;
using Kind = GraphPipe.Onnx.Proto.AttributeProto.Types.AttributeType;

namespace GraphPipe.Onnx;

/// <summary>Attribute values other than graphs, to ONNX.</summary>
internal static class AttributeWriter
{
    public static AttributeProto Write(string name, AttributeValue value)
    {
        var proto = new AttributeProto { Name = name };
        switch (value)
        {
            case AttributeValue.Int i:
                proto.Type = Kind.Int;
                proto.I = i.Value;
                break;
            case AttributeValue.Float f:
                proto.Type = Kind.Float;
                proto.F = f.Value;
                break;
            case AttributeValue.Text t:
                proto.Type = Kind.String;
                proto.S = ByteString.CopyFromUtf8(t.Value);
                break;
            case AttributeValue.Ints list:
                proto.Type = Kind.Ints;
                proto.Ints.AddRange(list.Values);
                break;
            case AttributeValue.Floats list:
                proto.Type = Kind.Floats;
                proto.Floats.AddRange(list.Values);
                break;
            case AttributeValue.Texts list:
                proto.Type = Kind.Strings;
                proto.Strings.AddRange(list.Values.Select(ByteString.CopyFromUtf8));
                break;
            case IrAttribute.Tensor tensor:
                proto.Type = Kind.Tensor;
                proto.T = TensorWriter.Write(tensor.Value);
                break;
            case IrAttribute.Tensors list:
                proto.Type = Kind.Tensors;
                proto.Tensors.AddRange(list.Values.Select(t => TensorWriter.Write(t)));
                break;
            case IrAttribute.SparseTensor sparse:
                proto.Type = Kind.SparseTensor;
                proto.SparseTensor = TensorWriter.Write(sparse);
                break;
            case IrAttribute.Type type:
                proto.Type = Kind.TypeProto;
                proto.Tp = TypeWriter.Write(type.Value);
                break;
            case IrAttribute.Opaque opaque:
                proto = AttributeProto.Parser.ParseFrom(opaque.Bytes.AsSpan());
                proto.Name = name;
                break;
            default:
                throw new InvalidOperationException($"no ONNX attribute for {value.GetType().Name}");
        }

        return proto;
    }
}
