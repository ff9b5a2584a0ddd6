using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Reads the geometry of a convolution or pooling from its attributes and shapes.</summary>
internal static class WindowGeometry
{
    /// <param name="attributes"><c>strides</c>, <c>pads</c>, <c>dilations</c>; explicit.</param>
    /// <param name="kernel">Window sizes.</param>
    /// <param name="input">[N, C, spatial…] of what the windows read.</param>
    /// <param name="output">[N, F, spatial…], one element per window.</param>
    /// <returns>Null for other than 1 to 3 spatial axes.</returns>
    public static WindowShape? Of(Attributes attributes, ReadOnlySpan<long> kernel, OperandType input, OperandType output)
    {
        int rank = input.Rank - 2;
        if (rank is < 1 or > 3 || kernel.Length != rank)
            return null;
        var (strides, pads, dilations) = (attributes.Ints("strides"), attributes.Ints("pads"), attributes.Ints("dilations"));
        Span<WindowAxis> axes = [WindowAxis.None, WindowAxis.None, WindowAxis.None];
        for (int i = 0; i < rank; i++)
        {
            axes[3 - rank + i] = new WindowAxis(
                checked((int)input.Shape[2 + i]), checked((int)output.Shape[2 + i]), checked((int)kernel[i]), At(strides, i, 1), At(pads, i, 0), At(dilations, i, 1),
                At(pads, rank + i, 0));
        }

        return new WindowShape(axes[0], axes[1], axes[2]);
    }

    private static int At(System.Collections.Immutable.ImmutableArray<long>? values, int i, int otherwise) =>
        values is { IsDefaultOrEmpty: false } v ? checked((int)v[i]) : otherwise;
}
