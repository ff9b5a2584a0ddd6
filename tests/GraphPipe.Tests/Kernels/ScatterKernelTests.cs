using GraphPipe.Bundle;
using GraphPipe.Runtime;
using Xunit;

namespace GraphPipe.Tests.Kernels;

public class ScatterKernelTests
{
    public static TheoryData<long[], long[], int> Shapes => new()
    {
        { [5, 3], [4, 3], 0 },
        { [5, 3], [4, 2], 0 },
        { [5, 3], [5, 9], 1 },
        { [5], [8], 0 },
        { [2, 5, 3], [2, 7, 3], 1 },
        { [4, 5, 3], [2, 2, 1], 1 },
        { [300, 5, 40], [300, 3, 40], 1 },
        { [3, 2], [3, 0], 1 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ScatterElements_in_index_order(long[] data, long[] shape, int axis)
    {
        foreach (var (reduction, apply) in new (string, Func<double, double, double>)[]
        {
            ("none", (_, u) => u), ("add", (y, u) => (float)(y + u)), ("mul", (y, u) => (float)(y * u)), ("max", Math.Max), ("min", Math.Min),
        })
        {
            foreach (var type in (DType[])[DType.I64, DType.I32])
            {
                Naive x = Naive.Random(1, data), y = Naive.Random(1, data), updates = Naive.Random(2, shape);
                var random = new Random(3);
                long[] picks = [.. Enumerable.Range(0, updates.Values.Length).Select(_ => random.NextInt64(data[axis]))];
                int next = 0;
                foreach (long[] at in Naive.Coordinates(shape))
                {
                    long[] to = [.. at];
                    to[axis] = picks[next++];
                    y[to] = apply(y[to], updates[at]);
                }

                long[] stored = [.. picks.Select(p => random.Next(2) == 0 ? p : p - data[axis])];
                var indices = type == DType.I64 ? TensorData.Longs([.. shape], stored) : TensorData.Of<int>(DType.I32, [.. shape], [.. stored.Select(i => (int)i)]);
                var attributes = Attributes.Empty.With("axis", axis).With("reduction", reduction);
                y.ShouldEqual(KernelProbe.Run("ScatterElements", attributes, [x.Floats(), indices, updates.Floats()], data), 0);
            }
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(-5)]
    public void An_index_outside_the_axis_is_an_error_of_the_data(long index)
    {
        TensorData data = Naive.Random(1, 4, 2).Floats(), updates = Naive.Random(1, 1, 2).Floats();
        Assert.Equal($"index {index} is outside an axis of length 4", KernelProbe.Fault("ScatterElements", [data, TensorData.Longs([1, 2], 0, index), updates], "f32[4,2]"));
    }

    [Fact]
    public void Elements_of_any_size()
    {
        foreach (var type in (DType[])[DType.Bool, DType.F16, DType.I32, DType.F64])
        {
            int size = type.Bits() / 8;
            byte[] bytes = [.. Enumerable.Range(0, 2 * size).Select(i => (byte)(i + 1))];
            var x = new TensorData(type, [2], bytes);
            var update = new TensorData(type, [1], bytes.AsSpan(0, size).ToArray());
            var y = KernelProbe.Run("ScatterElements", Attributes.Empty, [x, TensorData.Longs([1], -1), update], [new OperandType(type, [2])])[0];
            Assert.Equal([.. bytes[..size], .. bytes[..size]], y.Bytes.ToArray());
            Assert.False(KernelProbe.Binds("ScatterElements", [new(type, [2]), new(DType.I64, [1]), new(type, [1])], [new(type, [2])], Attributes.Empty.With("reduction", "add")));
        }
    }
}
