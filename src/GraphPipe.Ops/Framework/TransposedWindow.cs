using System.Collections.Immutable;
using GraphPipe.Bundle;

namespace GraphPipe.Ops;

/// <summary>Window attributes of a ConvTranspose with every default filled in, and the sizes that come out; pads are begins, then ends.</summary>
public sealed record TransposedWindow(
    ImmutableArray<long> Kernel, ImmutableArray<long> Strides, ImmutableArray<long> Dilations, ImmutableArray<long> Pads, ImmutableArray<long> OutputPadding, ImmutableArray<long> Outputs)
{
    /// <returns>Null while a spatial size is not known.</returns>
    public static TransposedWindow? Of(Attributes attributes, Shape x, Shape w)
    {
        if (x.Skip(2).Concat(w.Skip(2)).Any(d => !d.IsConstant))
            return null;
        int axes = x.Rank - 2;
        ImmutableArray<long> Filled(string name, long value) => attributes.Ints(name) ?? [.. Enumerable.Repeat(value, axes)];
        ImmutableArray<long> kernel = [.. w.Skip(2).Select(d => d.Constant!.Value)];
        var (strides, dilations, padding) = (Filled("strides", 1), Filled("dilations", 1), Filled("output_padding", 0));
        long[] pads = attributes.Ints("pads")?.ToArray() ?? new long[2 * axes];
        long[] outputs = new long[axes];
        string mode = attributes.Text("auto_pad", "NOTSET");
        for (int i = 0; i < axes; i++)
        {
            long length = x[i + 2].Constant!.Value;
            long full = (strides[i] * (length - 1)) + padding[i] + ((kernel[i] - 1) * dilations[i]) + 1;
            bool isSame = mode is "SAME_UPPER" or "SAME_LOWER";
            if (attributes.Has("output_shape") || isSame)
            {
                long output = attributes.Ints("output_shape") is { } sizes ? sizes[sizes.Length - axes + i] : length * strides[i];
                long total = Math.Max(0, full - output);
                // As ONNX Runtime does it: the odd one goes to the front, but for SAME_UPPER.
                pads[i] = mode == "SAME_UPPER" ? total / 2 : total - (total / 2);
                pads[i + axes] = total - pads[i];
                padding = padding.SetItem(i, padding[i] + Math.Max(0, output - full));
                full = Math.Max(full, output);
            }

            outputs[i] = full - pads[i] - pads[i + axes];
        }

        return new TransposedWindow(kernel, strides, dilations, [.. pads], padding, [.. outputs]);
    }

    /// <summary>The form at level core.</summary>
    public Attributes Resolved(Attributes attributes) => attributes
        .Without("auto_pad").Without("output_shape")
        .With("kernel_shape", Kernel).With("strides", Strides).With("dilations", Dilations).With("pads", Pads).With("output_padding", OutputPadding);
}
