using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes;

/// <summary>The casts between f32 and the half types, whoever wrote them.</summary>
public static class HalfCasts
{
    /// <summary>Attributes of a cast to the type.</summary>
    public static Attributes To(DType type) => Attributes.Empty.With("to", type.Text());

    /// <summary>From a half to f32: exact.</summary>
    public static bool IsWidening(Func<ValueId, TensorType> typeOf, Op op) => op.Is("Cast") && typeOf(op.Operands[0]).Type.IsHalf() && typeOf(op.Result).Type == DType.F32;

    /// <summary>From f32 to a half: rounds.</summary>
    public static bool IsRounding(Func<ValueId, TensorType> typeOf, Op op) => op.Is("Cast") && typeOf(op.Operands[0]).Type == DType.F32 && typeOf(op.Result).Type.IsHalf();
}
