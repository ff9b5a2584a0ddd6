using GraphPipe.Bundle;
using GraphPipe.Runtime;
using Xunit;

namespace GraphPipe.Tests.Kernels;

public class GatherKernelTests
{
    public static TheoryData<long[], long[], int> Shapes => new()
    {
        { [5, 3], [4], 0 },
        { [5], [2, 3], 0 },
        { [2, 5, 3], [2, 2], 1 },
        { [2, 3, 7], [9], 2 },
        { [4, 17], [], 0 },
        { [3, 40], [2000], 0 },
        { [4, 2000], [50], 0 },
        { [5, 0], [3], 0 },
        { [5, 3], [0], 0 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Gather_and_its_gradient(long[] data, long[] indices, int axis)
    {
        foreach (var type in (DType[])[DType.I64, DType.I32])
        {
            Naive x = Naive.Random(1, data), y = new([.. data[..axis], .. indices, .. data[(axis + 1)..]]), dy = Naive.Random(2, [.. y.Shape]), dx = new(data);
            var (picks, operand) = Indices(data[axis], indices, type);
            foreach (long[] at in Naive.Coordinates(y.Shape))
            {
                long pick = picks[at[axis..(axis + indices.Length)].Zip(indices).Aggregate(0L, (a, p) => a * p.Second + p.First)];
                long[] from = [.. at[..axis], pick, .. at[(axis + indices.Length)..]];
                y[at] = x[from];
                dx[from] += dy[at];
            }

            var attributes = Attributes.Empty.With("axis", (long)axis);
            y.ShouldEqual(KernelProbe.Run("Gather", attributes, [x.Floats(), operand], [.. y.Shape]), 0);
            dx.ShouldEqual(KernelProbe.Run("grad.Gather", attributes, [dy.Floats(), operand], data), 1e-6);
        }
    }

    public static TheoryData<long[], long[], int> ElementShapes => new()
    {
        { [5, 3], [4, 3], 0 },
        { [5, 3], [4, 2], 0 },
        { [5, 3], [5, 9], 1 },
        { [5], [8], 0 },
        { [2, 5, 3], [2, 7, 3], 1 },
        { [4, 5, 3], [2, 2, 1], 1 },
        { [4, 5, 3], [6, 5, 3], 0 },
        { [300, 5, 40], [300, 3, 40], 1 },
        { [3, 0], [3, 0], 1 },
    };

    [Theory]
    [MemberData(nameof(ElementShapes))]
    public void GatherElements_and_its_gradient(long[] data, long[] shape, int axis)
    {
        foreach (var type in (DType[])[DType.I64, DType.I32])
        {
            Naive x = Naive.Random(1, data), y = new(shape), dy = Naive.Random(2, shape), dx = new(data);
            var (picks, operand) = Indices(data[axis], shape, type);
            int next = 0;
            foreach (long[] at in Naive.Coordinates(shape))
            {
                long[] from = [.. at];
                from[axis] = picks[next++];
                y[at] = x[from];
                dx[from] += dy[at];
            }

            var attributes = Attributes.Empty.With("axis", (long)axis);
            y.ShouldEqual(KernelProbe.Run("GatherElements", attributes, [x.Floats(), operand], shape), 0);
            dx.ShouldEqual(KernelProbe.Run("grad.GatherElements", attributes, [dy.Floats(), operand], data), 1e-6);
        }
    }

    [Theory]
    [InlineData("Gather")]
    [InlineData("GatherElements")]
    public void Elements_of_any_size(string op)
    {
        var indices = TensorData.Longs([2, 1], 1, -2);
        foreach (var type in (DType[])[DType.Bool, DType.F16, DType.I32, DType.F64])
        {
            int size = type.Bits() / 8;
            byte[] bytes = [.. Enumerable.Range(0, 2 * size).Select(i => (byte)(i + 1))];
            var x = new TensorData(type, [2, 1], bytes);
            long[] shape = op == "Gather" ? [2, 1, 1] : [2, 1];
            var y = KernelProbe.Run(op, Attributes.Empty, [x, indices], [new OperandType(type, [.. shape])])[0];
            Assert.Equal([.. bytes[size..], .. bytes[..size]], y.Bytes.ToArray());
        }
    }

    [Theory]
    [InlineData("Gather", 4)]
    [InlineData("Gather", -5)]
    [InlineData("GatherElements", 4)]
    [InlineData("GatherElements", -5)]
    public void An_index_outside_the_axis_is_an_error_of_the_data(string op, long index)
    {
        TensorData data = Naive.Random(1, 4, 2).Floats(), dy = Naive.Random(1, 2, 2).Floats();
        var indices = op == "Gather" ? TensorData.Longs([2], 0, index) : TensorData.Longs([2, 2], 0, 1, index, 3);
        string expected = $"index {index} is outside an axis of length 4";
        Assert.Equal(expected, KernelProbe.Fault(op, [data, indices], "f32[2,2]"));
        Assert.Equal(expected, KernelProbe.Fault("grad." + op, [dy, indices], "f32[4,2]"));
    }

    // Resolved indices, and the operand with about half of them negative.
    private static (long[] Picks, TensorData Operand) Indices(long axis, long[] shape, DType type)
    {
        var random = new Random(3);
        long count = shape.Aggregate(1L, (a, d) => a * d);
        long[] picks = [.. Enumerable.Range(0, (int)count).Select(_ => random.NextInt64(axis))];
        long[] stored = [.. picks.Select(p => random.Next(2) == 0 ? p : p - axis)];
        return (picks, type == DType.I64 ? TensorData.Longs([.. shape], stored) : TensorData.Of<int>(DType.I32, [.. shape], [.. stored.Select(i => (int)i)]));
    }
}
