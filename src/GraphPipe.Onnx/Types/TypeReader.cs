using System.Globalization;
using GraphPipe.Bundle;
using GraphPipe.Core;
using GraphPipe.Onnx.Proto;

namespace GraphPipe.Onnx;

/// <summary>
/// ONNX types to ours. Dimensions that the file leaves open get symbols of their own (<c>?0</c>, <c>?1</c>, …), in order of appearance.
/// </summary>
internal sealed class TypeReader(DiagnosticBag bag)
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private int _next;

    /// <summary>Names that the file itself uses and fresh symbols must not.</summary>
    public void Reserve(TypeProto? type)
    {
        foreach (var dim in Shapes(type).SelectMany(s => s.Dim))
        {
            if (dim.HasDimParam)
                _taken.Add(dim.DimParam);
        }
    }

    /// <summary>The type; null where the file gives none, or one that the IR has no word for (sparse and opaque types).</summary>
    /// <param name="where">The value, for diagnostics.</param>
    public IrType? Read(TypeProto? type, string where)
    {
        switch (type?.ValueCase ?? TypeProto.ValueOneofCase.None)
        {
            case TypeProto.ValueOneofCase.TensorType:
                return Tensor(type!.TensorType, where);
            case TypeProto.ValueOneofCase.SequenceType:
                return Read(type!.SequenceType.ElemType, where) is { } element ? new SequenceType(element) : null;
            case TypeProto.ValueOneofCase.OptionalType:
                return Read(type!.OptionalType.ElemType, where) is { } inner ? new OptionalType(inner) : null;
            case TypeProto.ValueOneofCase.MapType:
                return Read(type!.MapType.ValueType, where) is { } value && Element(type.MapType.KeyType, where) is { } key ? new MapType(key, value) : null;
            default:
                return null;
        }
    }

    private TensorType? Tensor(TypeProto.Types.Tensor type, string where)
    {
        // Exporters leave the element type of intermediate values open now and then.
        if (type.ElemType == 0 || Element(type.ElemType, where) is not { } element)
            return null;
        return new TensorType(element, type.Shape is null ? null : Shape.Create([.. type.Shape.Dim.Select(Dimension)]));
    }

    private Dim Dimension(TensorShapeProto.Types.Dimension dim)
    {
        if (dim.HasDimValue && dim.DimValue >= 0)
            return dim.DimValue;
        return dim.HasDimParam && dim.DimParam.Length > 0 ? DimensionNames.Read(dim.DimParam) : Fresh();
    }

    private Dim Fresh()
    {
        string name;
        do
        {
            name = string.Create(CultureInfo.InvariantCulture, $"?{_next++}");
        }
        while (_taken.Contains(name));
        return Dim.Symbol(name);
    }

    private DType? Element(int code, string where)
    {
        var type = ElementTypes.FromOnnx(code);
        if (type != DType.Undefined)
            return type;
        bag.Add(Diagnostic.Error(Codes.TypeMismatch, $"element type {code} is none that ONNX defines", where, "check the file with the ONNX checker"));
        return null;
    }

    private static IEnumerable<TensorShapeProto> Shapes(TypeProto? type)
    {
        while (type is not null)
        {
            if (type.TensorType?.Shape is { } shape)
                yield return shape;
            type = type.SequenceType?.ElemType ?? type.OptionalType?.ElemType ?? type.MapType?.ValueType;
        }
    }
}
