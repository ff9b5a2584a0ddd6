using GraphPipe.Bundle;
using Xunit;

namespace GraphPipe.Tests.Kernels;

public class TopKKernelTests
{
    public static TheoryData<long[], int, long, bool> Cases => new()
    {
        { [7], 0, 3, true },
        { [7], -1, 7, false },
        { [3, 40], 1, 1, true },
        { [5, 33], 0, 5, true },
        { [2, 9, 4], 1, 4, false },
        { [2, 900, 3], 1, 900, true },
        { [40, 500], 1, 17, false },
        { [3, 4], 1, 0, true },
    };

    // Values of a few kinds only, so that there are ties.
    [Theory]
    [MemberData(nameof(Cases))]
    public void In_order_of_size_then_of_place(long[] shape, int axis, long k, bool largest)
    {
        int along = axis < 0 ? axis + shape.Length : axis;
        var x = Naive.Random(1, shape);
        for (int i = 0; i < x.Values.Length; i++)
            x.Values[i] = Math.Round(x.Values[i] * 8);
        long[] result = [.. shape];
        result[along] = k;
        Naive values = new(result), places = new(result);
        foreach (long[] at in Naive.Coordinates([.. result.Select((d, i) => i == along ? 1 : d)]))
        {
            double Entry(long i) => x[[.. at.Select((a, d) => d == along ? i : a)]];
            var order = Enumerable.Range(0, (int)shape[along]).OrderBy(i => largest ? -Entry(i) : Entry(i)).ThenBy(i => i).Take((int)k).ToList();
            for (int i = 0; i < order.Count; i++)
            {
                long[] to = [.. at.Select((a, d) => d == along ? i : a)];
                values[to] = Entry(order[i]);
                places[to] = order[i];
            }
        }

        var attributes = Attributes.Empty.With("axis", axis).With("k", k).With("largest", largest ? 1 : 0);
        string dims = $"[{string.Join(',', result)}]";
        var both = KernelProbe.RunAll("TopK", [x.Floats()], ["f32" + dims, "i64" + dims], attributes);
        values.ShouldEqual(both[0], 0);
        places.ShouldEqual(both[1], 0);
        places.ShouldEqual(KernelProbe.RunAll("TopK", [x.Floats()], [null, "i64" + dims], attributes)[1], 0);
        long workspace = Math.Max(8, values.Values.Length * sizeof(long));
        values.ShouldEqual(KernelProbe.Run("TopK", attributes, [x.Floats()], [KernelProbe.Floats(result), null], workspace)[0], 0);
    }

    [Fact]
    public void NaN_is_the_largest()
    {
        var x = TensorData.Floats([5], 1, float.NaN, float.PositiveInfinity, float.NaN, -1);
        var largest = KernelProbe.RunAll("TopK", [x], ["f32[3]", "i64[3]"], Attributes.Empty.With("axis", 0).With("k", 3));
        Assert.Equal([1, 3, 2], largest[1].ToLongs());
        var smallest = KernelProbe.RunAll("TopK", [x], ["f32[5]", "i64[5]"], Attributes.Empty.With("axis", 0).With("k", 5).With("largest", 0));
        Assert.Equal([4, 0, 2, 1, 3], smallest[1].ToLongs());
    }
}
