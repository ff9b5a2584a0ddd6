using GraphPipe.Runtime.Cuda.Numerics;
using ILGPU;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>
/// Rows that are normalised: [Rows, Columns]. Layer normalisation scales by column (<see cref="Channels"/> 0); instance normalisation, whose rows are
/// the planes of [N, Channels, …], by row modulo <see cref="Channels"/>.
/// </summary>
internal struct NormalizationNumbers
{
    public int Rows, Columns, Channels;
    public int HasBias;
    public float Epsilon;

    public readonly int ScaleOf(int row, int column) => Channels == 0 ? column : row % Channels;
}

/// <summary>What runs on the GPU; a group per row, sums in double precision.</summary>
internal static class NormalizationCode
{
    public static void Forward(
        ArrayView<float> x, ArrayView<float> scale, ArrayView<float> bias, ArrayView<float> y, ArrayView<float> mean, ArrayView<float> invStd, NormalizationNumbers n)
    {
        int row = Grid.IdxX, start = row * n.Columns;
        double sum = 0;
        for (int i = Group.IdxX; i < n.Columns; i += GroupFold.Threads)
            sum += x[start + i];
        double average = GroupFold.Sum(sum) / n.Columns, squares = 0;
        for (int i = Group.IdxX; i < n.Columns; i += GroupFold.Threads)
        {
            double d = x[start + i] - average;
            squares += d * d;
        }

        float m = (float)average, inverse = (float)(1 / Math.Sqrt(GroupFold.Sum(squares) / n.Columns + n.Epsilon));
        for (int i = Group.IdxX; i < n.Columns; i += GroupFold.Threads)
        {
            int s = n.ScaleOf(row, i);
            float value = (x[start + i] - m) * inverse * scale[s];
            if (n.HasBias != 0)
                value += bias[s];
            y[start + i] = value;
        }

        if (Group.IdxX == 0)
        {
            mean[row] = m;
            invStd[row] = inverse;
        }
    }

    public static void InputGradient(
        ArrayView<float> dy, ArrayView<float> x, ArrayView<float> scale, ArrayView<float> mean, ArrayView<float> invStd, ArrayView<float> dx, NormalizationNumbers n)
    {
        int row = Grid.IdxX, start = row * n.Columns;
        float m = mean[row], inverse = invStd[row];
        double sum = 0, product = 0;
        for (int i = Group.IdxX; i < n.Columns; i += GroupFold.Threads)
        {
            float g = dy[start + i] * scale[n.ScaleOf(row, i)];
            sum += g;
            product += (double)g * ((x[start + i] - m) * inverse);
        }

        float averageG = (float)(GroupFold.Sum(sum) / n.Columns), averageP = (float)(GroupFold.Sum(product) / n.Columns);
        for (int i = Group.IdxX; i < n.Columns; i += GroupFold.Threads)
        {
            float g = dy[start + i] * scale[n.ScaleOf(row, i)], normalized = (x[start + i] - m) * inverse;
            dx[start + i] = inverse * (g - averageG - normalized * averageP);
        }
    }

    /// <summary>Σ dy·x̂ for each scale: over the rows of a column, or over a channel's planes. A group per scale.</summary>
    public static void ScaleGradient(ArrayView<float> dy, ArrayView<float> x, ArrayView<float> mean, ArrayView<float> invStd, ArrayView<float> dscale, NormalizationNumbers n)
    {
        int own = Grid.IdxX, planes = n.Channels == 0 ? n.Rows : n.Rows / n.Channels;
        int count = n.Channels == 0 ? n.Rows : planes * n.Columns;
        double sum = 0;
        for (int i = Group.IdxX; i < count; i += GroupFold.Threads)
        {
            int row = n.Channels == 0 ? i : i / n.Columns * n.Channels + own, column = n.Channels == 0 ? own : i % n.Columns;
            int at = row * n.Columns + column;
            sum += (double)dy[at] * ((x[at] - mean[row]) * invStd[row]);
        }

        double total = GroupFold.Sum(sum);
        if (Group.IdxX == 0)
            dscale[own] = (float)total;
    }
}
