using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>One spatial axis of a convolution or pooling: where window w of output position o reads.</summary>
/// <param name="Input">Input size.</param>
/// <param name="Output">Output size.</param>
/// <param name="Kernel">Window size.</param>
/// <param name="Stride">Input steps per output step.</param>
/// <param name="Pad">Padding before the first element.</param>
/// <param name="Dilation">Input steps per window step.</param>
/// <param name="PadEnd">Padding behind the last element; only averages that count padding look at it.</param>
public readonly record struct WindowAxis(int Input, int Output, int Kernel, int Stride = 1, int Pad = 0, int Dilation = 1, int PadEnd = 0)
{
    /// <summary>An axis that is not there.</summary>
    public static WindowAxis None => new(1, 1, 1);

    /// <summary>Input position of window element k at output position o; may lie outside [0, Input).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int At(int o, int k) => o * Stride - Pad + k * Dilation;

    /// <summary>Window elements from ≤ k &lt; to that lie inside the input at output position o.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Clip(int o, out int from, out int to)
    {
        int first = o * Stride - Pad, last = first + (Kernel - 1) * Dilation;
        from = first >= 0 ? 0 : Math.Min(Kernel, (Dilation - 1 - first) / Dilation);
        to = last < Input ? Kernel : first >= Input ? from : Math.Max(from, (Input - 1 - first) / Dilation + 1);
    }

    /// <summary>Window elements that lie inside the input and its padding; fewer than all where ceil mode lets a window hang over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Padded(int o)
    {
        int room = Input + PadEnd - (o * Stride - Pad);
        return room > (Kernel - 1) * Dilation ? Kernel : Math.Max(0, (room + Dilation - 1) / Dilation);
    }

    /// <summary>Output positions from ≤ o &lt; to whose window element k lies inside the input.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Inside(int k, out int from, out int to)
    {
        int shift = Pad - k * Dilation;
        from = Math.Clamp(shift <= 0 ? 0 : (shift + Stride - 1) / Stride, 0, Output);
        long end = (long)Input - 1 + shift;
        to = end < 0 ? from : (int)Math.Clamp(end / Stride + 1, from, Output);
    }
}

/// <summary>Up to three spatial axes, row-major; the missing ones are <see cref="WindowAxis.None"/>.</summary>
public readonly record struct WindowShape(WindowAxis Depth, WindowAxis Height, WindowAxis Width)
{
    public WindowShape(WindowAxis width)
        : this(WindowAxis.None, WindowAxis.None, width)
    {
    }

    public WindowShape(WindowAxis height, WindowAxis width)
        : this(WindowAxis.None, height, width)
    {
    }

    /// <summary>Elements of an input plane.</summary>
    public long Input => (long)Depth.Input * Height.Input * Width.Input;

    /// <summary>Elements of an output plane.</summary>
    public long Output => (long)Depth.Output * Height.Output * Width.Output;

    /// <summary>Elements of a window.</summary>
    public int Kernel => Depth.Kernel * Height.Kernel * Width.Kernel;

    /// <summary>True when a window is one element and output is input: no rearrangement is needed.</summary>
    public bool IsIdentity => IsPoint(Depth) && IsPoint(Height) && IsPoint(Width);

    private static bool IsPoint(WindowAxis a) => a is { Kernel: 1, Stride: 1, Pad: 0 } && a.Input == a.Output;
}
