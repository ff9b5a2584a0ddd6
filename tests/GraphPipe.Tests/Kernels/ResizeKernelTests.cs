using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Kernels;

/// <summary>Resize along one axis against ONNX's formulas element by element, and its gradient against the forward's own coefficients.</summary>
public class ResizeKernelTests
{
    public static TheoryData<long[], int, long, string, string, string> Cases => new()
    {
        { [2, 3], 1, 6, "nearest", "asymmetric", "floor" },
        { [2, 5], 1, 3, "nearest", "asymmetric", "floor" },
        { [2, 4, 3], 1, 8, "nearest", "half_pixel", "round_prefer_floor" },
        { [2, 4, 3], 1, 6, "nearest", "half_pixel", "round_prefer_ceil" },
        { [5], 0, 9, "nearest", "align_corners", "ceil" },
        { [3, 4], 0, 7, "nearest", "tf_half_pixel_for_nn", "floor" },
        { [2, 3], 1, 6, "linear", "half_pixel", "" },
        { [2, 7, 33], 1, 4, "linear", "half_pixel", "" },
        { [2, 5], 1, 9, "linear", "align_corners", "" },
        { [2, 5], 1, 1, "linear", "align_corners", "" },
        { [2, 5], 1, 1, "linear", "pytorch_half_pixel", "" },
        { [2, 4], 1, 12, "linear", "asymmetric", "" },
        { [4, 6], 1, 11, "cubic", "half_pixel", "" },
        { [3, 5, 2], 1, 8, "cubic", "align_corners", "" },
        { [40, 64, 20], 1, 128, "linear", "half_pixel", "" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Forward_and_gradient(long[] shape, int axis, long size, string mode, string coordinates, string nearest)
    {
        long length = shape[axis];
        long[] result = [.. shape];
        result[axis] = size;
        Naive x = Naive.Random(1, shape), y = new(result), dy = Naive.Random(2, result), dx = new(shape);
        foreach (long[] at in Naive.Coordinates(result))
        {
            for (long i = -3; i < length + 3; i++)
            {
                // Entries outside are those at the border.
                long[] from = [.. at];
                from[axis] = Math.Clamp(i, 0, length - 1);
                double weight = Weight(i, Place(coordinates, at[axis], length, size), mode, nearest);
                y[at] += weight * x[from];
                dx[from] += weight * dy[at];
            }
        }

        var attributes = Attributes.Empty.With("axis", axis).With("size", size).With("mode", mode).With("coordinate_transformation_mode", coordinates);
        if (mode == "nearest")
            attributes = attributes.With("nearest_mode", nearest);
        y.ShouldEqual(KernelProbe.Run("Resize", attributes, [x.Floats()], result), 2e-6);
        dx.ShouldEqual(KernelProbe.Run("grad.Resize", attributes, [dy.Floats()], shape), 2e-6);
    }

    [Fact]
    public void A_scale_counts_where_it_is_stated()
    {
        // 5 entries by 0.5 are 2, but each stands for 2, not 2.5, of the old ones.
        var attributes = Attributes.Empty.With("axis", 0).With("size", 2).With("scale", 0.5f).With("mode", "linear").With("coordinate_transformation_mode", "half_pixel");
        var y = KernelProbe.Run("Resize", attributes, [TensorData.Floats([5], 0, 1, 2, 3, 4)], [2]);
        Assert.Equal([0.5f, 2.5f], y.As<float>().ToArray());
    }

    [Fact]
    public void What_lies_outside_can_be_left_out()
    {
        var attributes = Attributes.Empty.With("axis", 0).With("size", 4).With("mode", "cubic").With("coordinate_transformation_mode", "half_pixel").With("exclude_outside", 1);
        var y = KernelProbe.Run("Resize", attributes, [TensorData.Floats([2], 3, 3)], [4]);
        y.ShouldBe(_ => 3, 1e-6);
    }

    // Four entries become two: each new one is 1, 3, 3, 1 eighths of its neighbours, the one outside being the border.
    [Fact]
    public void Antialiasing_widens_the_function()
    {
        var attributes = Attributes.Empty.With("axis", 0).With("size", 2).With("mode", "linear").With("coordinate_transformation_mode", "half_pixel").With("antialias", 1);
        var y = KernelProbe.Run("Resize", attributes, [TensorData.Floats([4], 7, 14, 21, 28)], [2]);
        y.ShouldBe(i => i == 0 ? (7 + (3 * 7) + (3 * 14) + 21) / 8.0 : (14 + (3 * 21) + (3 * 28) + 28) / 8.0, 1e-6);
        y = KernelProbe.Run("Resize", attributes.With("exclude_outside", 1), [TensorData.Floats([4], 7, 14, 21, 28)], [2]);
        y.ShouldBe(i => i == 0 ? ((3 * 7) + (3 * 14) + 21) / 7.0 : (14 + (3 * 21) + (3 * 28)) / 7.0, 1e-6);
    }

    [Fact]
    public void Unknown_modes_are_for_others() =>
        Assert.False(KernelProbe.Binds("Resize", [KernelProbe.Floats(4)], [KernelProbe.Floats(8)], Attributes.Empty.With("axis", 0).With("mode", "area")));

    private static double Place(string coordinates, double j, double length, double size) => coordinates switch
    {
        "half_pixel" => ((j + 0.5) * length / size) - 0.5,
        "pytorch_half_pixel" => size > 1 ? ((j + 0.5) * length / size) - 0.5 : 0,
        "align_corners" => size > 1 ? j * (length - 1) / (size - 1) : 0,
        "tf_half_pixel_for_nn" => (j + 0.5) * length / size,
        _ => j * length / size,
    };

    private static double Weight(long i, double place, string mode, string nearest)
    {
        double distance = Math.Abs(i - place);
        if (mode == "linear")
            return Math.Max(0, 1 - distance);
        if (mode == "cubic")
        {
            const double a = -0.75;
            return distance <= 1 ? ((a + 2) * Math.Pow(distance, 3)) - ((a + 3) * Math.Pow(distance, 2)) + 1
                : distance < 2 ? (a * Math.Pow(distance, 3)) - (5 * a * Math.Pow(distance, 2)) + (8 * a * distance) - (4 * a)
                : 0;
        }

        double chosen = nearest switch
        {
            "floor" => Math.Floor(place),
            "ceil" => Math.Ceiling(place),
            "round_prefer_floor" => place - Math.Floor(place) <= 0.5 ? Math.Floor(place) : Math.Ceiling(place),
            _ => place - Math.Floor(place) < 0.5 ? Math.Floor(place) : Math.Ceiling(place),
        };
        return i == chosen ? 1 : 0;
    }
}
