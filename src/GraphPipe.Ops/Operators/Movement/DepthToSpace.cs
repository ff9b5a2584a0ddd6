using GraphPipe.Bundle;

namespace GraphPipe.Ops.Operators;

/// <summary>ONNX DepthToSpace and SpaceToDepth: blocks of channels to blocks of pixels and back; Reshape and Transpose at level core.</summary>
[Operator("DepthToSpace")]
[Operator("SpaceToDepth")]
internal sealed class DepthToSpace : Operator
{
    public override void Infer(InferenceContext c)
    {
        if (c.Shape(0) is not { Rank: 4 } x)
            return;
        long block = c.Attributes.Int("blocksize", 1);
        bool toSpace = c.Op.Is("DepthToSpace");
        var channels = toSpace ? x[1].DivideExactly(block * block) : x[1] * (block * block);
        var height = toSpace ? x[2] * block : x[2].DivideExactly(block);
        var width = toSpace ? x[3] * block : x[3].DivideExactly(block);
        if (channels is null || height is null || width is null)
            c.Fail($"{x} has no blocks of {block}");
        else
            c.Set(0, c.DType(0), Shape.Create([x[0], channels, height, width]));
    }

    public override void Batch(BatchContext c)
    {
        if (c.Layout(0) is { Axis: > 0 })
            c.Mixes("its blocks run over the samples");
        c.Set(0, c.Layout(0));
    }
}
