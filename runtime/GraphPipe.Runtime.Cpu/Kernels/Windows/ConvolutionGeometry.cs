using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>
/// A convolution of [Samples, Channels, input] with [Filters, Channels/Groups, kernel], and how it is cut into tiles whose im2col columns fit
/// into a thread's scratch memory, beside what a product needs there.
/// </summary>
internal readonly record struct ConvolutionGeometry(WindowShape Window, int Samples, int Channels, int Filters, int Groups)
{
    /// <summary>Bytes of a thread's scratch memory for columns: they stay in the second-level cache from their making to their use.</summary>
    private static readonly long Room = MemoryPlan.ScratchPerThread.Value - ColumnsOffset;

    /// <summary>Where columns begin in a thread's scratch memory, behind the product's own.</summary>
    public const int ColumnsOffset = (Gemm.ScratchBytes + 63) / 64 * 64;

    /// <summary>Channels of a group.</summary>
    public int GroupChannels => Channels / Groups;

    /// <summary>Filters of a group.</summary>
    public int GroupFilters => Filters / Groups;

    /// <summary>Rows of im2col columns: a group's weights per filter.</summary>
    public int Depth => GroupChannels * Window.Kernel;

    /// <summary>Output positions.</summary>
    public int Positions => checked((int)Window.Output);

    /// <summary>Multiplications of all products.</summary>
    public long Work => (long)Samples * Filters * Depth * Positions;

    /// <param name="attributes"><c>group</c>, <c>strides</c>, <c>pads</c>, <c>dilations</c>.</param>
    /// <param name="x">[N, C, spatial…].</param>
    /// <param name="w">[F, C/group, kernel…].</param>
    /// <param name="y">[N, F, spatial…].</param>
    /// <returns>Null for other than 1 to 3 spatial axes.</returns>
    public static ConvolutionGeometry? Of(Attributes attributes, OperandType x, OperandType w, OperandType y)
    {
        if (w.Rank != x.Rank || x.Rank < 3 || WindowGeometry.Of(attributes, w.Shape.AsSpan()[2..], x, y) is not { } window)
            return null;
        return new ConvolutionGeometry(window, checked((int)x.Shape[0]), checked((int)x.Shape[1]), checked((int)w.Shape[0]), (int)attributes.Int("group", 1));
    }

    /// <summary>Length of a tile along an axis of <paramref name="length"/> steps, each with <paramref name="floats"/> of columns.</summary>
    /// <param name="length">Steps.</param>
    /// <param name="floats">Columns' floats of a step.</param>
    /// <param name="others">Tiles there are anyway, along other axes.</param>
    /// <param name="threads">Threads that want to have tiles.</param>
    /// <returns>0 if not even one step fits.</returns>
    public static int TileOf(int length, long floats, long others, int threads)
    {
        long most = floats == 0 ? length : Room / (floats * sizeof(float));
        long tiles = Math.Max(others >= 4 * threads ? 1 : threads, most == 0 ? 1 : (length + most - 1) / most);
        return (int)Math.Min(most, Math.Max(1, (length + tiles - 1) / tiles));
    }
}
