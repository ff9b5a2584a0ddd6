using GraphPipe.Ops;

namespace GraphPipe.Passes.Gradients;

/// <summary>dY repeated over what was summed.</summary>
[Gradient("ReduceSum")]
internal sealed class ReduceSumGradient : IGradient
{
    public void Build(GradientContext c)
    {
        var type = c.TypeOf(c.X());
        var axes = c.Attributes.Ints("axes")!.Value;
        var kept = ReductionOperator.Reduced(type.KnownShape, [.. axes.Select(a => (int)a)], keep: true);
        var dy = c.Emit.Reshape(c.DY, kept);
        c.Set(0, kept == type.Shape ? dy : c.Emit.EmitTyped("Expand", [dy], type));
    }
}
