using GraphPipe.Core;
using GraphPipe.Ops;

namespace GraphPipe.Onnx;

/// <summary>The first opset that has every op of a region in the form it has there.</summary>
internal static class RequiredOpsets
{
    public static long Of(Region region, long modelOpset)
    {
        long opset = Math.Clamp(modelOpset, OpsetRange.Oldest, OpsetRange.Newest);
        foreach (var op in region.AllOps())
        {
            if (op.Name.IsStandard)
                opset = Math.Max(opset, Math.Max(OperatorRegistry.Standard.SinceOf(op.Name), SinceOf(op)));
        }

        return opset;
    }

    // Operators that came with an opset above the oldest we write, and attributes that came later than their operator.
    private static long SinceOf(Op op) => op.Name.Type switch
    {
        "HardSwish" or "Trilu" => 14,
        "LayerNormalization" => 17,
        "Mish" => 18,
        "Pad" when op.Attributes.Has("axes") => 18,
        "Pad" when op.Attributes.Text("mode", "") == "wrap" => 19,
        "AveragePool" when op.Attributes.Ints("dilations") is { } dilations && dilations.Any(d => d != 1) => 19,
        "Gelu" => 20,
        "RMSNormalization" => 23,
        "Swish" => 24,
        _ => 1,
    };
}
