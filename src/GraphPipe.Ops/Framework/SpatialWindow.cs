using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops;

/// <summary>Window attributes of convolutions and pools with every default filled in; pads are begins, then ends.</summary>
public sealed record SpatialWindow(ImmutableArray<long> Kernel, ImmutableArray<long> Strides, ImmutableArray<long> Dilations, ImmutableArray<long> Pads, bool CeilMode)
{
    /// <summary>Null while a spatial size that <c>auto_pad</c> needs is not known.</summary>
    public static SpatialWindow? Of(InferenceContext c, Shape x, Shape? weights = null)
    {
        var attributes = c.Attributes;
        int axes = x.Rank - 2;
        var kernel = attributes.Ints("kernel_shape") ?? (weights is null || weights.Skip(2).Any(d => !d.IsConstant) ? null : [.. weights.Skip(2).Select(d => d.Constant!.Value)]);
        if (kernel is not { } size || size.Length != axes)
        {
            c.Fail($"its window has not {axes} axes");
            return null;
        }

        ImmutableArray<long> ones = [.. Enumerable.Repeat(1L, axes)];
        var strides = attributes.Ints("strides") ?? ones;
        var dilations = attributes.Ints("dilations") ?? ones;
        var pads = attributes.Ints("pads") ?? [.. Enumerable.Repeat(0L, 2 * axes)];
        string mode = attributes.Text("auto_pad", "NOTSET");
        if (mode is "SAME_UPPER" or "SAME_LOWER")
        {
            long[] same = new long[2 * axes];
            for (int i = 0; i < axes; i++)
            {
                if (x[i + 2].Constant is not { } length)
                    return null;
                long outputs = (length + strides[i] - 1) / strides[i];
                long total = Math.Max(0, ((outputs - 1) * strides[i]) + ((size[i] - 1) * dilations[i]) + 1 - length);
                long small = total / 2;
                same[i] = mode == "SAME_UPPER" ? small : total - small;
                same[i + axes] = total - same[i];
            }

            pads = [.. same];
        }

        return new SpatialWindow(size, strides, dilations, pads, attributes.Int("ceil_mode", 0) != 0);
    }

    /// <summary>The output's spatial dimensions; a size that is no number gets a new symbol.</summary>
    public ImmutableArray<Dim> OutputDims(Shape x, InferenceContext c)
    {
        var dims = ImmutableArray.CreateBuilder<Dim>();
        int axes = Kernel.Length;
        for (int i = 0; i < axes; i++)
        {
            if (x[i + 2].Constant is not { } length)
            {
                dims.Add(c.FreshDim());
                continue;
            }

            long room = length + Pads[i] + Pads[i + axes] - (((Kernel[i] - 1) * Dilations[i]) + 1);
            if (room < 0)
                c.Fail($"its window is larger than the {length} entries of axis {i + 2}");
            long outputs = (room / Strides[i]) + 1;
            // A window that starts in the end padding does not count, as in PyTorch.
            if (CeilMode && room % Strides[i] != 0 && outputs * Strides[i] < length + Pads[i])
                outputs++;
            dims.Add(Math.Max(outputs, 0));
        }

        return dims.ToImmutable();
    }

    /// <summary>The attributes with every default written out and <c>auto_pad</c> resolved: the form at level core.</summary>
    public Attributes Resolved(Attributes attributes) => attributes
        .Without("auto_pad")
        .With("kernel_shape", Kernel).With("strides", Strides).With("dilations", Dilations).With("pads", Pads);
}
