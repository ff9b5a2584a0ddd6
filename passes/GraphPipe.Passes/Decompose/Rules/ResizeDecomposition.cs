using System.Collections.Immutable;
using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Decompositions;

/// <summary>One axis after the other: all modes are products of one function per axis.</summary>
[Decomposition("Resize")]
internal sealed class ResizeDecomposition : IDecomposition
{
    public ImmutableArray<ValueId>? Apply(DecompositionContext c)
    {
        var attributes = c.Op.Attributes;
        var shape = c.ShapeOf(c.X);
        if (c.Op.Operands.Length > 1 || attributes.Has("axis") || c.ResultType().Shape is not { } result || result.Rank != shape.Rank || !IsKnown(attributes))
            return null;
        var axes = attributes.Ints("axes")?.Select(a => (int)(a < 0 ? a + shape.Rank : a)).ToList() ?? [.. Enumerable.Range(0, shape.Rank)];
        var scales = attributes.Floats("scales");
        var x = c.X;
        for (int i = 0; i < axes.Count; i++)
        {
            int axis = axes[i];
            if (result[axis] == shape[axis] && (scales is null || scales.Value[i] == 1))
                continue;
            if (shape[axis].Constant is not > 0 || result[axis].Constant is not { } size)
                return null;
            var along = Settings(attributes).With("axis", axis).With("size", size);
            x = c.Emit.Emit("Resize", [x], scales is { } known ? along.With("scale", known[i]) : along);
        }

        return [x];
    }

    private static bool IsKnown(Attributes attributes) =>
        attributes.Text("mode", "nearest") is "nearest" or "linear" or "bilinear" or "cubic"
        && attributes.Text("coordinate_transformation_mode", "half_pixel") is not "tf_crop_and_resize"
        && attributes.Text("keep_aspect_ratio_policy", "stretch") == "stretch";

    // What the function of one axis depends on.
    private static Attributes Settings(Attributes attributes)
    {
        string mode = attributes.Text("mode", "nearest").Replace("bilinear", "linear", StringComparison.Ordinal);
        var settings = Attributes.Empty.With("mode", mode).With("coordinate_transformation_mode", attributes.Text("coordinate_transformation_mode", "half_pixel"));
        if (mode == "nearest")
            return settings.With("nearest_mode", attributes.Text("nearest_mode", "round_prefer_floor"));
        if (attributes.Int("antialias", 0) != 0)
            settings = settings.With("antialias", 1);
        if (attributes.Int("exclude_outside", 0) != 0)
            settings = settings.With("exclude_outside", 1);
        return mode == "cubic" ? settings.With("cubic_coeff_a", attributes.Float("cubic_coeff_a", -0.75f)) : settings;
    }
}
