using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Y[…, i, …] = X[…, I[…, i, …], …] along <c>axis</c>, element by element; elements of any type, indices i64 or i32.</summary>
[Kernel("GatherElements")]
public sealed unsafe class GatherElementsKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var (x, indices) = (binding.Input(0), binding.Input(1));
        if (x.Rank is 0 or > Extents.MaxRank || x.Type != binding.Output(0).Type)
            return null;
        var plan = PlanOf(x, indices, binding.Attributes);
        return indices.Type switch
        {
            DType.I64 => Typed<long>(plan, x.Type.Bits()),
            DType.I32 => Typed<int>(plan, x.Type.Bits()),
            _ => null,
        };
    }

    internal static ElementGatherPlan PlanOf(OperandType data, OperandType indices, Attributes attributes)
    {
        int axis = (int)attributes.Int("axis", 0);
        return ElementGatherPlan.Create(data.Shape.AsSpan(), indices.Shape.AsSpan(), axis < 0 ? axis + data.Rank : axis);
    }

    private static CpuCall? Typed<TIndex>(ElementGatherPlan plan, int bits)
        where TIndex : unmanaged => bits switch
        {
            8 => new Call<byte, TIndex>(plan),
            16 => new Call<ushort, TIndex>(plan),
            32 => new Call<uint, TIndex>(plan),
            64 => new Call<ulong, TIndex>(plan),
            _ => null,
        };

    private sealed class Call<T, TIndex>(ElementGatherPlan plan) : CpuCall
        where T : unmanaged
        where TIndex : unmanaged
    {
        private readonly long _grain = Grain.Of(plan.Dims[plan.Rank - 1]);

        public override void Run(in KernelContext context)
        {
            var body = new Body<T, TIndex>
            {
                X = context.Input<T>(0),
                Indices = context.Input<TIndex>(1),
                Y = context.Output<T>(0),
                Plan = plan,
                Fault = context.FaultCell,
            };
            context.For(plan.Rows, _grain, ref body);
        }
    }

    private struct Body<T, TIndex> : IRangeBody
        where T : unmanaged
        where TIndex : unmanaged
    {
        public T* X;
        public TIndex* Indices;
        public T* Y;
        public ElementGatherPlan Plan;
        public DataFault Fault;

        public readonly void Run(long from, long to, int worker) =>
            IndexFault.Report(Fault, Indices, ElementGather.Forward(Plan, X, Indices, Y, from, to), Plan.AxisLength);
    }
}

/// <summary>dX[…, I[…, i, …], …] = Σ dY[…, i, …], contributions added in index order, f32; zero where no index points.</summary>
[Kernel("grad.GatherElements")]
public sealed unsafe class GatherElementsGradientKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var (dy, indices, dx) = (binding.Input(0), binding.Input(1), binding.Output(0));
        if (dy.Type != DType.F32 || dx.Type != DType.F32 || dx.Rank is 0 or > Extents.MaxRank)
            return null;
        var plan = GatherElementsKernel.PlanOf(dx, indices, binding.Attributes);
        return indices.Type switch
        {
            DType.I64 => new Call<long>(plan, dx.Count),
            DType.I32 => new Call<int>(plan, dx.Count),
            _ => null,
        };
    }

    private sealed class Call<TIndex>(ElementGatherPlan plan, long count) : CpuCall
        where TIndex : unmanaged
    {
        private readonly long _grain = Math.Max(1, Grain.Of(plan.Dims[plan.Rank - 1] * plan.RowsOfGroup)) * Math.Max(1, plan.RowsOfGroup);

        public override void Run(in KernelContext context)
        {
            float* dx = context.Output<float>(0);
            var zeros = new Zeros(dx);
            context.For(count, Grain.Elements, ref zeros);
            var body = new Body<TIndex> { Dy = context.Input<float>(0), Indices = context.Input<TIndex>(1), Dx = dx, Plan = plan, Fault = context.FaultCell };
            context.For(plan.Rows, _grain, ref body);
        }
    }

    private struct Body<TIndex> : IRangeBody
        where TIndex : unmanaged
    {
        public float* Dy;
        public TIndex* Indices;
        public float* Dx;
        public ElementGatherPlan Plan;
        public DataFault Fault;

        public readonly void Run(long from, long to, int worker) =>
            IndexFault.Report(Fault, Indices, ElementGather.Backward(Plan, Dy, Indices, Dx, from, to), Plan.AxisLength);
    }
}
