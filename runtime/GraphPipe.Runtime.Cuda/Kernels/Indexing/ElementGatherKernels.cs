using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;
using GraphPipe.Runtime.Elements;
using ILGPU;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>
/// How elements are picked along one axis: the walk is over the index tensor, or over its lines along the axis, with A the place in the data but for the axis
/// and B the place in the index tensor, of which neighbours along the axis are <see cref="IndexStride"/> apart.
/// </summary>
internal struct ElementGatherNumbers
{
    public StridedMap Map;
    public int Axis, AxisStride;
    public int Length, IndexStride;
    public long Fault;
}

/// <summary>What runs on the GPU.</summary>
internal static class ElementGatherCode
{
    /// <summary>A thread per element of the index tensor.</summary>
    public static void Gather<T, TIndex, TOp>(ArrayView<T> x, ArrayView<TIndex> indices, ArrayView<T> y, ArrayView<long> fault, ElementGatherNumbers n)
        where T : unmanaged
        where TIndex : unmanaged
        where TOp : struct, IConversion<TIndex, long>
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n.Map.Count)
            return;
        long index = TOp.Apply(indices[i]), wrapped = index < 0 ? index + n.Axis : index;
        if (wrapped < 0 || wrapped >= n.Axis)
        {
            FaultCode.Report(fault, n.Fault, index);
            y[i] = default;
            return;
        }

        y[i] = x[n.Map.At(i).A + (int)wrapped * n.AxisStride];
    }

    /// <summary>A thread per line of the index tensor: what meets in one element of the result comes from one line, in index order.</summary>
    public static void Scatter<T, TIndex, TOp, TUpdate>(ArrayView<TIndex> indices, ArrayView<T> updates, ArrayView<T> y, ArrayView<long> fault, ElementGatherNumbers n)
        where T : unmanaged
        where TIndex : unmanaged
        where TOp : struct, IConversion<TIndex, long>
        where TUpdate : struct, IBinaryOf<T>
    {
        int line = Grid.GlobalIndex.X;
        if (line >= n.Map.Count)
            return;
        var at = n.Map.At(line);
        for (int i = 0; i < n.Length; i++)
        {
            int from = at.B + i * n.IndexStride;
            long index = TOp.Apply(indices[from]), wrapped = index < 0 ? index + n.Axis : index;
            if (wrapped < 0 || wrapped >= n.Axis)
            {
                FaultCode.Report(fault, n.Fault, index);
                continue;
            }

            int to = at.A + (int)wrapped * n.AxisStride;
            y[to] = TUpdate.Apply(y[to], updates[from]);
        }
    }
}

/// <summary>Y[…, i, …] = X[…, I[…, i, …], …] along <c>axis</c>, element by element; elements of 1, 2, 4 or 8 bytes, indices i64 or i32.</summary>
[Kernel("GatherElements")]
public sealed class GatherElementsKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var (x, indices) = (binding.Input(0), binding.Input(1));
        if (x.Type != binding.Output(0).Type || Code(x.Type.Bits(), indices.Type) is not { } code || ElementGathers.Of(x, indices, byLine: false, binding, launches) is not { } n)
            return null;
        return new LaunchCall(launches.Launch(
            code, LaunchShape.Over(n.Map.Count), n, Operand.Input(0, binding), Operand.Input(1, binding), Operand.Output(0, binding), Operand.Fault));
    }

    private static Delegate? Code(int bits, DType index) => (bits, index) switch
    {
        (8, DType.I64) => ElementGatherCode.Gather<byte, long, CastCode.FromI64>,
        (16, DType.I64) => ElementGatherCode.Gather<short, long, CastCode.FromI64>,
        (32, DType.I64) => ElementGatherCode.Gather<int, long, CastCode.FromI64>,
        (64, DType.I64) => ElementGatherCode.Gather<long, long, CastCode.FromI64>,
        (8, DType.I32) => ElementGatherCode.Gather<byte, int, CastCode.FromI32>,
        (16, DType.I32) => ElementGatherCode.Gather<short, int, CastCode.FromI32>,
        (32, DType.I32) => ElementGatherCode.Gather<int, int, CastCode.FromI32>,
        (64, DType.I32) => ElementGatherCode.Gather<long, int, CastCode.FromI32>,
        _ => null,
    };
}

/// <summary>dX[…, I[…, i, …], …] = Σ dY[…, i, …], contributions added in index order, f32; zero where no index points.</summary>
[Kernel("grad.GatherElements")]
public sealed class GatherElementsGradientKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var (dy, indices, dx) = (binding.Input(0), binding.Input(1), binding.Output(0));
        if (dy.Type != DType.F32 || dx.Type != DType.F32 || ElementGathers.Of(dx, indices, byLine: true, binding, launches) is not { } n
            || ElementGathers.ScatterCode<float, CumSumKernel.Sum>(indices.Type) is not { } code)
        {
            return null;
        }

        return new LaunchCall(
            Moves.Fill(binding, launches, 0)!,
            launches.Launch(code, LaunchShape.Over(n.Map.Count), n, Operand.Input(1, binding), Operand.Input(0, binding), Operand.Output(0, binding), Operand.Fault));
    }
}

/// <summary>
/// Y = X, then Y[…, I[…, i, …], …] = U[…, i, …] along <c>axis</c>, in index order; elements of 1, 2, 4 or 8 bytes. With <c>reduction</c> add, mul, max or min
/// the update meets what is there: f32. Indices i64 or i32.
/// </summary>
[Kernel("ScatterElements")]
public sealed class ScatterElementsKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var (x, indices) = (binding.Input(0), binding.Input(1));
        if (x.Type != binding.Input(2).Type || x.Type != binding.Output(0).Type || Code(binding.Attributes.Text("reduction", "none"), x.Type, indices.Type) is not { } code
            || ElementGathers.Of(x, indices, byLine: true, binding, launches) is not { } n)
        {
            return null;
        }

        return new LaunchCall(Moves.CopyWhole(binding, launches), launches.Launch(
            code, LaunchShape.Over(n.Map.Count), n, Operand.Input(1, binding), Operand.Input(2, binding), Operand.Output(0, binding), Operand.Fault));
    }

    private static Delegate? Code(string reduction, DType type, DType index) => (reduction, type.Bits()) switch
    {
        ("none", 8) => ElementGathers.ScatterCode<byte, Replace>(index),
        ("none", 16) => ElementGathers.ScatterCode<short, Replace>(index),
        ("none", 32) => ElementGathers.ScatterCode<int, Replace>(index),
        ("none", 64) => ElementGathers.ScatterCode<long, Replace>(index),
        _ when type != DType.F32 => null,
        ("add", _) => ElementGathers.ScatterCode<float, OfTwoFloats<Add>>(index),
        ("mul", _) => ElementGathers.ScatterCode<float, OfTwoFloats<Mul>>(index),
        ("max", _) => ElementGathers.ScatterCode<float, OfTwoFloats<Max>>(index),
        ("min", _) => ElementGathers.ScatterCode<float, OfTwoFloats<Min>>(index),
        _ => null,
    };

    internal readonly struct Replace : IBinaryOf<byte>, IBinaryOf<short>, IBinaryOf<int>, IBinaryOf<long>
    {
        public static byte Apply(byte old, byte update) => update;

        public static short Apply(short old, short update) => update;

        public static int Apply(int old, int update) => update;

        public static long Apply(long old, long update) => update;
    }
}

/// <summary>What gathers and scatters of elements have in common.</summary>
internal static class ElementGathers
{
    /// <summary>The scatter for a type of elements and indices.</summary>
    public static Delegate? ScatterCode<T, TUpdate>(DType index)
        where T : unmanaged
        where TUpdate : struct, IBinaryOf<T> => index switch
        {
            DType.I64 => ElementGatherCode.Scatter<T, long, CastCode.FromI64, TUpdate>,
            DType.I32 => ElementGatherCode.Scatter<T, int, CastCode.FromI32, TUpdate>,
            _ => null,
        };

    /// <param name="data">What is picked from or written to.</param>
    /// <param name="indices">Of the data's rank; may be smaller on the other axes.</param>
    /// <param name="byLine">Whether the walk is over the lines of the index tensor.</param>
    /// <returns>Null for a scalar, or too many axes.</returns>
    public static ElementGatherNumbers? Of(OperandType data, OperandType indices, bool byLine, KernelBinding binding, LaunchBinder launches)
    {
        if (data.Rank == 0 || indices.Rank != data.Rank)
            return null;
        int axis = Axes.Of(binding.Attributes, data.Rank);
        long[] dims = [.. indices.Shape], from = StridedMap.Dense(data.Shape.AsSpan()), at = StridedMap.Dense(indices.Shape.AsSpan());
        int axisStride = (int)from[axis];
        from[axis] = 0;
        if (byLine)
            dims[axis] = 1;
        if (StridedMap.Create(dims, [from, at]) is not { } map)
            return null;
        return new ElementGatherNumbers
        {
            Map = map,
            Axis = (int)data.Shape[axis],
            AxisStride = axisStride,
            Length = (int)indices.Shape[axis],
            IndexStride = (int)at[axis],
            Fault = launches.Fault("index {0} is outside an axis of length {1}", data.Shape[axis]),
        };
    }
}
