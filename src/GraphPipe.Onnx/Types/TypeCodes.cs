using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Onnx;

/// <summary>
/// The attributes that hold an ONNX type code, Cast's <c>to</c> and EyeLike's <c>dtype</c>: a type's spelling (<c>f32</c>) in the IR, so that the codes stay in
/// this project.
/// </summary>
internal static class TypeCodes
{
    public static AttributeValue FromOnnx(string type, string domain, string name, AttributeValue value) =>
        domain is "" or "ai.onnx" && IsTypeCode(type, name) && value is AttributeValue.Int { Value: > 0 and <= int.MaxValue } code && ElementTypes.FromOnnx((int)code.Value) is not DType.Undefined and var known
            ? new AttributeValue.Text(known.Text())
            : value;

    public static AttributeValue ToOnnx(OperatorName op, string name, AttributeValue value) =>
        op.IsStandard && IsTypeCode(op.Type, name) && value is AttributeValue.Text text && DTypes.TryParse(text.Value, out var type)
            ? new AttributeValue.Int(ElementTypes.ToOnnx(type))
            : value;

    private static bool IsTypeCode(string type, string name) => (type, name) is ("Cast", "to") or ("EyeLike", "dtype");
}
