namespace GraphPipe.Ops.Operators;

/// <summary>ONNX CastLike: the first operand in the type of the second; Cast at level core.</summary>
[Operator("CastLike", since: 15)]
internal sealed class CastLike : Operator
{
    public override void Infer(InferenceContext c) => c.Set(0, c.DType(1), c.Shape(0));
}
