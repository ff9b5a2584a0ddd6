using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx.Proto;

namespace GraphPipe.Onnx;

/// <summary>Our types to ONNX's.</summary>
internal static class TypeWriter
{
    public static TypeProto Write(IrType type) => type switch
    {
        TensorType tensor => new TypeProto { TensorType = Tensor(tensor) },
        SequenceType sequence => new TypeProto { SequenceType = new() { ElemType = Write(sequence.Element) } },
        OptionalType optional => new TypeProto { OptionalType = new() { ElemType = Write(optional.Element) } },
        MapType map => new TypeProto { MapType = new() { KeyType = ElementTypes.ToOnnx(map.Key), ValueType = Write(map.Value) } },
        _ => throw new InvalidOperationException($"no ONNX type for {type}"),
    };

    public static ValueInfoProto Write(ValueInfo value)
    {
        var info = new ValueInfoProto { Name = value.Name };
        if (value.Type is { } type)
            info.Type = Write(type);
        return info;
    }

    private static TypeProto.Types.Tensor Tensor(TensorType type)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = ElementTypes.ToOnnx(type.Type) };
        if (type.Shape is null)
            return tensor;
        tensor.Shape = new TensorShapeProto();
        foreach (var dim in type.Shape)
            tensor.Shape.Dim.Add(Dimension(dim));
        return tensor;
    }

    private static TensorShapeProto.Types.Dimension Dimension(Dim dim) =>
        dim.Constant is { } number ? new() { DimValue = number } : new() { DimParam = DimensionNames.Write(dim) };
}
