using GraphPipe.Runtime.Cuda.Numerics;
using ILGPU;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>One spatial axis: window element k of output position o reads input position o·Stride − Pad + k·Dilation.</summary>
internal struct WindowAxis
{
    public int Input, Output, Kernel, Stride, Pad, Dilation, PadEnd;

    /// <summary>An axis that is not there.</summary>
    public static WindowAxis None => new() { Input = 1, Output = 1, Kernel = 1, Stride = 1, Dilation = 1 };

    /// <summary>The input position; may lie outside.</summary>
    public readonly int At(int output, int k) => output * Stride - Pad + k * Dilation;

    public readonly bool Has(int input) => input >= 0 && input < Input;

    /// <summary>The output position whose element k reads <paramref name="input"/>; -1 for none.</summary>
    public readonly int OutputOf(int input, int k)
    {
        int scaled = input + Pad - k * Dilation;
        if (scaled < 0 || scaled % Stride != 0)
            return -1;
        int output = scaled / Stride;
        return output < Output ? output : -1;
    }

    /// <summary>Window elements inside the input, or inside input and padding (fewer than all where ceil mode lets a window hang over).</summary>
    public readonly int Inside(int output, bool countPad)
    {
        int count = 0;
        for (int k = 0; k < Kernel; k++)
        {
            int at = At(output, k);
            if (countPad ? at < Input + PadEnd : Has(at))
                count++;
        }

        return count;
    }
}

/// <summary>Three spatial axes, outermost first, and the channels around them: [Samples, Channels, …] and [Samples, Filters, …].</summary>
internal struct WindowNumbers
{
    public int Samples, Channels, Filters, Groups;
    public int HasBias, CountPad;
    public WindowAxis D, H, W;

    public readonly int Input => D.Input * H.Input * W.Input;

    public readonly int Output => D.Output * H.Output * W.Output;

    public readonly int Kernel => D.Kernel * H.Kernel * W.Kernel;
}

/// <summary>
/// What runs on the GPU for convolutions and pooling: every element of a result is a sum that one thread or one group takes in a fixed order,
/// straight from the operands. Right and deterministic; a product over rearranged columns would be faster.
/// </summary>
internal static class WindowCode
{
    /// <summary>A thread per output element; sums over channels, then the window.</summary>
    public static void Convolve(ArrayView<float> x, ArrayView<float> w, ArrayView<float> bias, ArrayView<float> y, WindowNumbers n)
    {
        int i = Grid.GlobalIndex.X, output = n.Output;
        if (i >= n.Samples * n.Filters * output)
            return;
        int plane = i / output, at = i - plane * output, sample = plane / n.Filters, filter = plane - sample * n.Filters;
        int od = at / (n.H.Output * n.W.Output), rest = at - od * n.H.Output * n.W.Output, oh = rest / n.W.Output, ow = rest - oh * n.W.Output;
        int channels = n.Channels / n.Groups, first = filter / (n.Filters / n.Groups) * channels;
        float sum = 0f;
        for (int c = 0; c < channels; c++)
        {
            int image = (sample * n.Channels + first + c) * n.Input, weights = (filter * channels + c) * n.Kernel;
            for (int kd = 0; kd < n.D.Kernel; kd++)
            {
                int d = n.D.At(od, kd);
                if (!n.D.Has(d))
                    continue;
                for (int kh = 0; kh < n.H.Kernel; kh++)
                {
                    int h = n.H.At(oh, kh);
                    if (!n.H.Has(h))
                        continue;
                    for (int kw = 0; kw < n.W.Kernel; kw++)
                    {
                        int v = n.W.At(ow, kw);
                        if (!n.W.Has(v))
                            continue;
                        sum = DeviceMath.MultiplyAdd(x[image + (d * n.H.Input + h) * n.W.Input + v], w[weights + (kd * n.H.Kernel + kh) * n.W.Kernel + kw], sum);
                    }
                }
            }
        }

        if (n.HasBias != 0)
            sum += bias[filter];
        y[i] = sum;
    }

    /// <summary>A thread per input element; sums over filters, then the window.</summary>
    public static void InputGradient(ArrayView<float> dy, ArrayView<float> w, ArrayView<float> dx, WindowNumbers n)
    {
        int i = Grid.GlobalIndex.X, input = n.Input;
        if (i >= n.Samples * n.Channels * input)
            return;
        int plane = i / input, at = i - plane * input, sample = plane / n.Channels, channel = plane - sample * n.Channels;
        int d = at / (n.H.Input * n.W.Input), rest = at - d * n.H.Input * n.W.Input, h = rest / n.W.Input, v = rest - h * n.W.Input;
        int channels = n.Channels / n.Groups, filters = n.Filters / n.Groups, group = channel / channels;
        float sum = 0f;
        for (int f = group * filters; f < (group + 1) * filters; f++)
        {
            int image = (sample * n.Filters + f) * n.Output, weights = (f * channels + channel - group * channels) * n.Kernel;
            for (int kd = 0; kd < n.D.Kernel; kd++)
            {
                int od = n.D.OutputOf(d, kd);
                if (od < 0)
                    continue;
                for (int kh = 0; kh < n.H.Kernel; kh++)
                {
                    int oh = n.H.OutputOf(h, kh);
                    if (oh < 0)
                        continue;
                    for (int kw = 0; kw < n.W.Kernel; kw++)
                    {
                        int ow = n.W.OutputOf(v, kw);
                        if (ow < 0)
                            continue;
                        sum = DeviceMath.MultiplyAdd(dy[image + (od * n.H.Output + oh) * n.W.Output + ow], w[weights + (kd * n.H.Kernel + kh) * n.W.Kernel + kw], sum);
                    }
                }
            }
        }

        dx[i] = sum;
    }

    /// <summary>A group per weight; sums over samples and output positions.</summary>
    public static void WeightGradient(ArrayView<float> dy, ArrayView<float> x, ArrayView<float> dw, WindowNumbers n)
    {
        int i = Grid.IdxX, kernel = n.Kernel, channels = n.Channels / n.Groups;
        int pair = i / kernel, k = i - pair * kernel, filter = pair / channels, channel = filter / (n.Filters / n.Groups) * channels + pair - filter * channels;
        int kd = k / (n.H.Kernel * n.W.Kernel), rest = k - kd * n.H.Kernel * n.W.Kernel, kh = rest / n.W.Kernel, kw = rest - kh * n.W.Kernel;
        double sum = 0;
        for (int j = Group.IdxX; j < n.Samples * n.Output; j += GroupFold.Threads)
        {
            int sample = j / n.Output, at = j - sample * n.Output;
            int od = at / (n.H.Output * n.W.Output), left = at - od * n.H.Output * n.W.Output, oh = left / n.W.Output, ow = left - oh * n.W.Output;
            int d = n.D.At(od, kd), h = n.H.At(oh, kh), v = n.W.At(ow, kw);
            if (n.D.Has(d) && n.H.Has(h) && n.W.Has(v))
                sum += (double)dy[(sample * n.Filters + filter) * n.Output + at] * x[(sample * n.Channels + channel) * n.Input + (d * n.H.Input + h) * n.W.Input + v];
        }

        double total = GroupFold.Sum(sum);
        if (Group.IdxX == 0)
            dw[i] = (float)total;
    }

    /// <summary>A thread per output element.</summary>
    public static void Average(ArrayView<float> x, ArrayView<float> y, WindowNumbers n)
    {
        int i = Grid.GlobalIndex.X, output = n.Output;
        if (i >= n.Samples * n.Channels * output)
            return;
        int plane = i / output, at = i - plane * output;
        int od = at / (n.H.Output * n.W.Output), rest = at - od * n.H.Output * n.W.Output, oh = rest / n.W.Output, ow = rest - oh * n.W.Output;
        float sum = 0f;
        for (int kd = 0; kd < n.D.Kernel; kd++)
        {
            for (int kh = 0; kh < n.H.Kernel; kh++)
            {
                for (int kw = 0; kw < n.W.Kernel; kw++)
                {
                    int d = n.D.At(od, kd), h = n.H.At(oh, kh), v = n.W.At(ow, kw);
                    if (n.D.Has(d) && n.H.Has(h) && n.W.Has(v))
                        sum += x[plane * n.Input + (d * n.H.Input + h) * n.W.Input + v];
                }
            }
        }

        y[i] = sum / Size(n, od, oh, ow);
    }

    /// <summary>A thread per input element, which takes its share from every window that holds it.</summary>
    public static void AverageGradient(ArrayView<float> dy, ArrayView<float> dx, WindowNumbers n)
    {
        int i = Grid.GlobalIndex.X, input = n.Input;
        if (i >= n.Samples * n.Channels * input)
            return;
        int plane = i / input, at = i - plane * input;
        int d = at / (n.H.Input * n.W.Input), rest = at - d * n.H.Input * n.W.Input, h = rest / n.W.Input, v = rest - h * n.W.Input;
        float sum = 0f;
        for (int kd = 0; kd < n.D.Kernel; kd++)
        {
            for (int kh = 0; kh < n.H.Kernel; kh++)
            {
                for (int kw = 0; kw < n.W.Kernel; kw++)
                {
                    int od = n.D.OutputOf(d, kd), oh = n.H.OutputOf(h, kh), ow = n.W.OutputOf(v, kw);
                    if (od >= 0 && oh >= 0 && ow >= 0)
                        sum += dy[plane * n.Output + (od * n.H.Output + oh) * n.W.Output + ow] / Size(n, od, oh, ow);
                }
            }
        }

        dx[i] = sum;
    }

    /// <summary>A thread per output element; NaN if the window has one.</summary>
    public static void Max(ArrayView<float> x, ArrayView<float> y, WindowNumbers n)
    {
        int i = Grid.GlobalIndex.X, output = n.Output;
        if (i >= n.Samples * n.Channels * output)
            return;
        int plane = i / output, at = i - plane * output;
        int od = at / (n.H.Output * n.W.Output), rest = at - od * n.H.Output * n.W.Output, oh = rest / n.W.Output, ow = rest - oh * n.W.Output;
        int best = Best(x, plane * n.Input, n, od, oh, ow);
        y[i] = best < 0 ? float.NegativeInfinity : x[best];
    }

    /// <summary>A thread per input element, which gets the gradient of every window whose first largest element it is.</summary>
    public static void MaxGradient(ArrayView<float> dy, ArrayView<float> x, ArrayView<float> dx, WindowNumbers n)
    {
        int i = Grid.GlobalIndex.X, input = n.Input;
        if (i >= n.Samples * n.Channels * input)
            return;
        int plane = i / input, at = i - plane * input;
        int d = at / (n.H.Input * n.W.Input), rest = at - d * n.H.Input * n.W.Input, h = rest / n.W.Input, v = rest - h * n.W.Input;
        float sum = 0f;
        for (int kd = n.D.Kernel - 1; kd >= 0; kd--)
        {
            for (int kh = n.H.Kernel - 1; kh >= 0; kh--)
            {
                for (int kw = n.W.Kernel - 1; kw >= 0; kw--)
                {
                    int od = n.D.OutputOf(d, kd), oh = n.H.OutputOf(h, kh), ow = n.W.OutputOf(v, kw);
                    if (od >= 0 && oh >= 0 && ow >= 0 && Best(x, plane * input, n, od, oh, ow) == i)
                        sum += dy[plane * n.Output + (od * n.H.Output + oh) * n.W.Output + ow];
                }
            }
        }

        dx[i] = sum;
    }

    private static int Size(WindowNumbers n, int od, int oh, int ow) =>
        n.D.Inside(od, n.CountPad != 0) * n.H.Inside(oh, n.CountPad != 0) * n.W.Inside(ow, n.CountPad != 0);

    // The first largest element of a window, or the first NaN; -1 if the window is all padding.
    private static int Best(ArrayView<float> x, int image, WindowNumbers n, int od, int oh, int ow)
    {
        int best = -1;
        float largest = float.NegativeInfinity;
        for (int kd = 0; kd < n.D.Kernel; kd++)
        {
            for (int kh = 0; kh < n.H.Kernel; kh++)
            {
                for (int kw = 0; kw < n.W.Kernel; kw++)
                {
                    int d = n.D.At(od, kd), h = n.H.At(oh, kh), v = n.W.At(ow, kw);
                    if (!n.D.Has(d) || !n.H.Has(h) || !n.W.Has(v))
                        continue;
                    int at = image + (d * n.H.Input + h) * n.W.Input + v;
                    float value = x[at];
                    bool largestIsNan = !(largest <= float.PositiveInfinity), isNan = !(value <= float.PositiveInfinity);
                    if (best < 0 || value > largest || (isNan && !largestIsNan))
                    {
                        best = at;
                        largest = value;
                    }
                }
            }
        }

        return best;
    }
}
