using GraphPipe.Bundle;

namespace GraphPipe.Runtime;

/// <summary>The function that ONNX Resize applies along one axis (onnx docs/Operators.md, Resize-19), the same for the kernels of every device.</summary>
public static class ResizeWeights
{
    /// <param name="attributes"><c>mode</c>, <c>coordinate_transformation_mode</c>, <c>nearest_mode</c>, <c>cubic_coeff_a</c>, <c>exclude_outside</c>, <c>antialias</c>, <c>scale</c> (absent: size over length).</param>
    /// <param name="length">Entries of the operand.</param>
    /// <param name="size">Entries of the result.</param>
    /// <returns>Null for modes that are not known.</returns>
    public static AxisWeights? Of(Attributes attributes, int length, int size)
    {
        var rows = new List<IReadOnlyList<(int, double)>>(size);
        for (int j = 0; j < size; j++)
        {
            if (Coordinate(attributes, j, length, size) is not { } at)
                return null;
            double scale = attributes.Float("scale", (float)size / length);
            bool smooth = attributes.Int("antialias", 0) != 0 && scale < 1 && attributes.Text("mode", "nearest") != "nearest";
            if ((smooth ? Smooth(attributes, at, length, scale) : Taps(attributes, at, length)) is not { } taps)
                return null;
            rows.Add(taps);
        }

        return new AxisWeights(length, rows);
    }

    // Where in the operand entry j of the result lies.
    private static double? Coordinate(Attributes attributes, int j, int length, int size)
    {
        double scale = attributes.Has("scale") ? attributes.Float("scale", 1) : (double)size / length;
        // Exact where the sizes say it.
        double Original(double at) => attributes.Has("scale") ? at / scale : at * length / size;
        return attributes.Text("coordinate_transformation_mode", "half_pixel") switch
        {
            "half_pixel" => Original(j + 0.5) - 0.5,
            "pytorch_half_pixel" => size > 1 ? Original(j + 0.5) - 0.5 : 0,
            "align_corners" => size > 1 ? (double)j * (length - 1) / (size - 1) : 0,
            "asymmetric" => Original(j),
            "tf_half_pixel_for_nn" => Original(j + 0.5),
            // The centre stays where it is although the size was rounded.
            "half_pixel_symmetric" => (length / 2.0 * (1 - (size / (scale * length)))) + Original(j + 0.5) - 0.5,
            _ => null,
        };
    }

    private static IReadOnlyList<(int, double)>? Taps(Attributes attributes, double at, int length)
    {
        int Inside(double index) => (int)Math.Clamp(index, 0, length - 1);
        double floor = Math.Floor(at), part = at - floor;
        switch (attributes.Text("mode", "nearest"))
        {
            case "nearest":
                return attributes.Text("nearest_mode", "round_prefer_floor") switch
                {
                    "round_prefer_floor" => [(Inside(Math.Ceiling(at - 0.5)), 1)],
                    "round_prefer_ceil" => [(Inside(Math.Floor(at + 0.5)), 1)],
                    "floor" => [(Inside(floor), 1)],
                    "ceil" => [(Inside(Math.Ceiling(at)), 1)],
                    _ => null,
                };
            case "linear":
                return Merged([(Inside(floor), 1 - part), (Inside(floor + 1), part)]);
            case "cubic":
                double a = attributes.Float("cubic_coeff_a", -0.75f);
                return Bordered(attributes, Enumerable.Range(-1, 4).Select(i => (floor + i, Cubic(Math.Abs(part - i), a))), length, normalised: false);
            default:
                return null;
        }
    }

    // Made smaller, the function is as much wider, so that no entry is skipped; the weights make one.
    private static List<(int, double)>? Smooth(Attributes attributes, double at, int length, double scale)
    {
        double a = attributes.Float("cubic_coeff_a", -0.75f);
        (double Reach, Func<double, double> Function)? shape = attributes.Text("mode", "nearest") switch
        {
            "linear" => (1, x => Math.Max(0, 1 - x)),
            "cubic" => (2, x => Cubic(x, a)),
            _ => null,
        };
        if (shape is not { } known)
            return null;
        int first = (int)Math.Ceiling(at - (known.Reach / scale)), last = (int)Math.Floor(at + (known.Reach / scale));
        var taps = Enumerable.Range(first, last - first + 1).Select(i => ((double)i, known.Function(Math.Abs(i - at) * scale)));
        return Bordered(attributes, taps, length, normalised: true);
    }

    // Entries outside are those at the border, or have no weight.
    private static List<(int, double)> Bordered(Attributes attributes, IEnumerable<(double At, double Weight)> taps, int length, bool normalised)
    {
        bool excluded = attributes.Int("exclude_outside", 0) != 0;
        var known = taps.Where(t => !excluded || (t.At >= 0 && t.At < length)).ToList();
        double sum = normalised || excluded ? known.Sum(t => t.Weight) : 1;
        return Merged([.. known.Select(t => ((int)Math.Clamp(t.At, 0, length - 1), t.Weight / sum))]);
    }

    // Keys, Cubic convolution interpolation for digital image processing, 1981.
    private static double Cubic(double x, double a) =>
        x <= 1 ? ((((a + 2) * x) - (a + 3)) * x * x) + 1
        : x < 2 ? (((((a * x) - (5 * a)) * x) + (8 * a)) * x) - (4 * a)
        : 0;

    // At the borders several taps are the same entry; taps without weight are none.
    private static List<(int, double)> Merged(List<(int Source, double Weight)> taps) =>
        [.. taps.GroupBy(t => t.Source).Select(g => (g.Key, g.Sum(t => t.Weight))).Where(t => t.Item2 != 0)];
}
