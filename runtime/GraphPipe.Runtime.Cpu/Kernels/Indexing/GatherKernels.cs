using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Sizes of a gather: the data is [Outer, Axis, Inner], the result [Outer, Count, Inner].</summary>
internal readonly record struct GatherShape(long Outer, long Axis, long Inner, long Count)
{
    public static GatherShape Of(OperandType data, OperandType indices, Attributes attributes)
    {
        int axis = (int)attributes.Int("axis", 0);
        if (axis < 0)
            axis += data.Rank;
        return new GatherShape(data.CountOf(0, axis), data.Shape[axis], data.CountOf(axis + 1, data.Rank), indices.Count);
    }
}

/// <summary>Y[…, i, …] = X[…, I[i], …] along <c>axis</c>; elements of any type, indices i64 or i32.</summary>
[Kernel("Gather")]
public sealed unsafe class GatherKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var (x, indices) = (binding.Input(0), binding.Input(1));
        if (x.Type.Bits() < 8 || x.Type != binding.Output(0).Type)
            return null;
        var shape = GatherShape.Of(x, indices, binding.Attributes);
        return indices.Type switch
        {
            DType.I64 => new Call<long>(shape, x.Type.Bits() / 8),
            DType.I32 => new Call<int>(shape, x.Type.Bits() / 8),
            _ => null,
        };
    }

    private sealed class Call<TIndex>(GatherShape shape, int elementSize) : CpuCall
        where TIndex : unmanaged
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body<TIndex>
            {
                X = context.Input(0),
                Indices = context.Input<TIndex>(1),
                Y = context.Output(0),
                Shape = shape,
                ElementSize = elementSize,
                Fault = context.FaultCell,
            };
            context.For(shape.Outer * shape.Count, Grain.Of(shape.Inner), ref body);
        }
    }

    private struct Body<TIndex> : IRangeBody
        where TIndex : unmanaged
    {
        public byte* X;
        public TIndex* Indices;
        public byte* Y;
        public GatherShape Shape;
        public int ElementSize;
        public DataFault Fault;

        public readonly void Run(long from, long to, int worker) => IndexFault.Report(
            Fault, Indices, Gather.Forward(X, Indices, Y, ElementSize, Shape.Axis, Shape.Inner, Shape.Count, from, to), Shape.Axis);
    }
}

/// <summary>dX[…, I[i], …] = Σ dY[…, i, …], contributions added in index order, f32; zero where no index points.</summary>
[Kernel("grad.Gather")]
public sealed unsafe class GatherGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var (dy, indices, dx) = (binding.Input(0), binding.Input(1), binding.Output(0));
        if (dy.Type != DType.F32 || dx.Type != DType.F32)
            return null;
        var shape = GatherShape.Of(dx, indices, binding.Attributes);
        return indices.Type switch
        {
            DType.I64 => new Call<long>(shape),
            DType.I32 => new Call<int>(shape),
            _ => null,
        };
    }

    private sealed class Call<TIndex>(GatherShape shape) : CpuCall
        where TIndex : unmanaged
    {
        // Threads share out columns, so that contributions keep their order.
        private readonly long _grain = (Grain.Of(shape.Outer * (shape.Count + shape.Axis)) + Lanes.Count - 1) / Lanes.Count * Lanes.Count;

        public override void Run(in KernelContext context)
        {
            var body = new Body<TIndex>
            {
                Dy = context.Input<float>(0),
                Indices = context.Input<TIndex>(1),
                Dx = context.Output<float>(0),
                Shape = shape,
                Fault = context.FaultCell,
            };
            context.For(shape.Inner, _grain, ref body);
        }
    }

    private struct Body<TIndex> : IRangeBody
        where TIndex : unmanaged
    {
        public float* Dy;
        public TIndex* Indices;
        public float* Dx;
        public GatherShape Shape;
        public DataFault Fault;

        public readonly void Run(long from, long to, int worker)
        {
            for (long row = 0; row < Shape.Outer * Shape.Axis; row++)
                Streams.Fill(0, Dx + row * Shape.Inner + from, to - from);
            IndexFault.Report(Fault, Indices, Gather.Backward(Dy, Indices, Dx, Shape.Outer, Shape.Axis, Shape.Inner, Shape.Count, from, to), Shape.Axis);
        }
    }
}
