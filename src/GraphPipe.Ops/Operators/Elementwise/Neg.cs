using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX Neg: −x; also of dimensions.</summary>
[Operator("Neg")]
internal sealed class Neg : UnaryOperator
{
    protected override Func<double, double>? Function(Attributes attributes) => x => -x;

    public override void Infer(InferenceContext c)
    {
        base.Infer(c);
        if (c.Content(0) is { } content)
            c.SetContent(0, [.. content.Select(d => d * -1)]);
    }
}
