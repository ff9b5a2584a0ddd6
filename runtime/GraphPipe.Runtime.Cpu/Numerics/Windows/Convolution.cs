namespace GraphPipe.Runtime.Cpu.Numerics;

/// <summary>
/// Convolution of [n, channels, input] with weights [filters, channels/groups, kernel] to [n, filters, output], by matrix products over
/// <see cref="ImageColumns"/>. Transposed convolution is <see cref="BackwardInput"/> with the roles exchanged.
/// </summary>
public static unsafe class Convolution
{
    /// <summary>Floats of workspace that each call needs, per thread.</summary>
    public static long WorkspaceFloats(in WindowShape w, int channels, int groups) => w.IsIdentity ? 0 : channels / groups * (long)w.Kernel * w.Output;

    /// <summary>Samples from ≤ i &lt; to; <paramref name="bias"/> is [filters] or null.</summary>
    public static void Forward(
        in WindowShape w, float* x, float* weight, float* bias, float* y, int channels, int filters, int groups, long from, long to, float* workspace, byte* scratch)
    {
        int depth = channels / groups * w.Kernel, width = checked((int)w.Output), height = filters / groups;
        for (long i = from * groups; i < to * groups; i++)
        {
            long group = i % groups;
            float* columns = Columns(w, x + i * (channels / groups) * w.Input, channels / groups, workspace);
            var g = new GemmArguments(weight + group * height * depth, columns, y + i * height * width, height, width, depth)
            {
                BiasColumn = bias == null ? null : bias + group * height,
            };
            Gemm.Run(g, scratch);
        }
    }

    /// <summary>Gradient of the input for samples from ≤ i &lt; to.</summary>
    public static void BackwardInput(
        in WindowShape w, float* dy, float* weight, float* dx, int channels, int filters, int groups, long from, long to, float* workspace, byte* scratch)
    {
        int depth = channels / groups * w.Kernel, width = checked((int)w.Output), height = filters / groups;
        for (long i = from * groups; i < to * groups; i++)
        {
            float* image = dx + i * (channels / groups) * w.Input;
            float* columns = w.IsIdentity ? image : workspace;
            Gemm.Run(new GemmArguments(weight + i % groups * height * depth, dy + i * height * width, columns, depth, width, height, transA: true), scratch);
            if (!w.IsIdentity) ImageColumns.Backward(w, columns, image, 0, channels / groups);
        }
    }

    /// <summary>
    /// Gradient of the weights of groups from ≤ g &lt; to, samples added in order. Adding to what an earlier micro-batch left is a separate step:
    /// inside the loop it would give other bits than the separate operator.
    /// </summary>
    public static void BackwardWeight(
        in WindowShape w, float* dy, float* x, float* dweight, long samples, int channels, int filters, int groups, long from, long to,
        float* workspace, byte* scratch)
    {
        int depth = channels / groups * w.Kernel, width = checked((int)w.Output), height = filters / groups;
        for (long group = from; group < to; group++)
        {
            for (long n = 0; n < samples; n++)
            {
                long i = n * groups + group;
                float* columns = Columns(w, x + i * (channels / groups) * w.Input, channels / groups, workspace);
                var g = new GemmArguments(dy + i * height * width, columns, dweight + group * height * depth, height, depth, width, transB: true)
                {
                    Beta = n > 0 ? 1f : 0f,
                };
                Gemm.Run(g, scratch);
            }
        }
    }

    private static float* Columns(in WindowShape w, float* image, int channels, float* workspace)
    {
        if (w.IsIdentity) return image;
        ImageColumns.Forward(w, image, workspace, 0, (long)channels * w.Kernel);
        return workspace;
    }
}
