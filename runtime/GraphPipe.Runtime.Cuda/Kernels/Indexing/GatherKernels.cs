using GraphPipe.Bundle;
using ILGPU;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>Sizes of a gather: the data is [Outer, Axis, Inner], the result [Outer, Count, Inner].</summary>
internal struct GatherNumbers
{
    public int Outer, Axis, Inner, Count;
    public long Fault;

    public static GatherNumbers Of(OperandType data, OperandType indices, KernelBinding binding, LaunchBinder launches)
    {
        int axis = Axes.Of(binding.Attributes, data.Rank);
        return new GatherNumbers
        {
            Outer = (int)data.CountOf(0, axis),
            Axis = (int)data.Shape[axis],
            Inner = (int)data.CountOf(axis + 1, data.Rank),
            Count = (int)indices.Count,
            Fault = launches.Fault("index {0} is outside an axis of length {1}", data.Shape[axis]),
        };
    }
}

/// <summary>What runs on the GPU.</summary>
internal static class GatherCode
{
    public static void Forward<T, TIndex, TOp>(ArrayView<T> x, ArrayView<TIndex> indices, ArrayView<T> y, ArrayView<long> fault, GatherNumbers n)
        where T : unmanaged
        where TIndex : unmanaged
        where TOp : struct, IConversion<TIndex, long>
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n.Outer * n.Count * n.Inner)
            return;
        int row = i / n.Inner, column = i - row * n.Inner, outer = row / n.Count;
        long index = TOp.Apply(indices[row - outer * n.Count]), wrapped = index < 0 ? index + n.Axis : index;
        if (wrapped < 0 || wrapped >= n.Axis)
        {
            FaultCode.Report(fault, n.Fault, index);
            y[i] = default;
            return;
        }

        y[i] = x[(outer * n.Axis + (int)wrapped) * n.Inner + column];
    }

    /// <summary>A thread owns a column of dX, which is zero, and adds to it in index order, so that sums keep theirs.</summary>
    public static void Backward<TIndex, TOp>(ArrayView<float> dy, ArrayView<TIndex> indices, ArrayView<float> dx, ArrayView<long> fault, GatherNumbers n)
        where TIndex : unmanaged
        where TOp : struct, IConversion<TIndex, long>
    {
        int i = Grid.GlobalIndex.X;
        if (i >= n.Outer * n.Inner)
            return;
        int outer = i / n.Inner, column = i - outer * n.Inner;
        for (int row = 0; row < n.Count; row++)
        {
            long index = TOp.Apply(indices[row]), wrapped = index < 0 ? index + n.Axis : index;
            if (wrapped < 0 || wrapped >= n.Axis)
            {
                FaultCode.Report(fault, n.Fault, index);
                continue;
            }

            int at = (outer * n.Axis + (int)wrapped) * n.Inner + column;
            dx[at] = dx[at] + dy[(outer * n.Count + row) * n.Inner + column];
        }
    }
}

/// <summary>Y[…, i, …] = X[…, I[i], …] along <c>axis</c>; elements of 1, 2, 4, 8 or 16 bytes, indices i64 or i32.</summary>
[Kernel("Gather")]
public sealed class GatherKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        // An element of 16 bytes is two of 8.
        var (x, indices, y) = (binding.Input(0), binding.Input(1), binding.Output(0));
        int words = x.Type.Bits() == 128 ? 2 : 1;
        if (x.Type != y.Type || Code(x.Type.Bits() / words, indices.Type) is not { } code)
            return null;
        var n = GatherNumbers.Of(x, indices, binding, launches);
        n.Inner *= words;
        return new LaunchCall(launches.Launch(
            code, LaunchShape.Over(y.Count * words), n,
            new Operand(OperandKind.Input, 0, x.Count * words), Operand.Input(1, binding), new Operand(OperandKind.Output, 0, y.Count * words), Operand.Fault));
    }

    private static Delegate? Code(int bits, DType index) => (bits, index) switch
    {
        (8, DType.I64) => GatherCode.Forward<byte, long, CastCode.FromI64>,
        (16, DType.I64) => GatherCode.Forward<short, long, CastCode.FromI64>,
        (32, DType.I64) => GatherCode.Forward<int, long, CastCode.FromI64>,
        (64, DType.I64) => GatherCode.Forward<long, long, CastCode.FromI64>,
        (8, DType.I32) => GatherCode.Forward<byte, int, CastCode.FromI32>,
        (16, DType.I32) => GatherCode.Forward<short, int, CastCode.FromI32>,
        (32, DType.I32) => GatherCode.Forward<int, int, CastCode.FromI32>,
        (64, DType.I32) => GatherCode.Forward<long, int, CastCode.FromI32>,
        _ => null,
    };
}

/// <summary>dX[…, I[i], …] = Σ dY[…, i, …], contributions added in index order, f32; zero where no index points.</summary>
[Kernel("grad.Gather")]
public sealed class GatherGradientKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var (dy, indices, dx) = (binding.Input(0), binding.Input(1), binding.Output(0));
        if (dy.Type != DType.F32 || dx.Type != DType.F32 || indices.Type is not (DType.I64 or DType.I32) || Moves.Fill(binding, launches, 0) is not { } zeros)
            return null;
        var n = GatherNumbers.Of(dx, indices, binding, launches);
        Delegate code = indices.Type == DType.I64 ? GatherCode.Backward<long, CastCode.FromI64> : GatherCode.Backward<int, CastCode.FromI32>;
        return new LaunchCall(zeros, launches.Launch(
            code, LaunchShape.Over((long)n.Outer * n.Inner), n, Operand.Input(0, binding), Operand.Input(1, binding), Operand.Output(0, binding), Operand.Fault));
    }
}
