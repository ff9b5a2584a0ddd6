using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>
/// Y = X, then Y[…, I[…, i, …], …] = U[…, i, …] along <c>axis</c>, in index order; elements of any type. With <c>reduction</c> add, mul, max or
/// min the update meets what is there: f32. Indices i64 or i32.
/// </summary>
[Kernel("ScatterElements")]
public sealed unsafe class ScatterElementsKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var (x, indices) = (binding.Input(0), binding.Input(1));
        if (x.Rank is 0 or > Extents.MaxRank || x.Type != binding.Input(2).Type || x.Type != binding.Output(0).Type)
            return null;
        var plan = GatherElementsKernel.PlanOf(x, indices, binding.Attributes);
        return indices.Type switch
        {
            DType.I64 => Typed<long>(plan, x, binding.Attributes),
            DType.I32 => Typed<int>(plan, x, binding.Attributes),
            _ => null,
        };
    }

    private static CpuCall? Typed<TIndex>(ElementGatherPlan plan, OperandType x, Attributes attributes)
        where TIndex : unmanaged
    {
        string reduction = attributes.Text("reduction", "none");
        return (reduction, x.Type.Bits()) switch
        {
            ("none", 8) => new Call<byte, TIndex, ScatterNone<byte>>(plan, x.Count),
            ("none", 16) => new Call<ushort, TIndex, ScatterNone<ushort>>(plan, x.Count),
            ("none", 32) => new Call<uint, TIndex, ScatterNone<uint>>(plan, x.Count),
            ("none", 64) => new Call<ulong, TIndex, ScatterNone<ulong>>(plan, x.Count),
            _ when x.Type != DType.F32 => null,
            ("add", _) => new Call<float, TIndex, ScatterAdd>(plan, x.Count),
            ("mul", _) => new Call<float, TIndex, ScatterMul>(plan, x.Count),
            ("max", _) => new Call<float, TIndex, ScatterMax>(plan, x.Count),
            ("min", _) => new Call<float, TIndex, ScatterMin>(plan, x.Count),
            _ => null,
        };
    }

    private sealed class Call<T, TIndex, TUpdate>(ElementGatherPlan plan, long count) : CpuCall
        where T : unmanaged
        where TIndex : unmanaged
        where TUpdate : struct, IScatterUpdate<T>
    {
        private readonly long _grain = Math.Max(1, Grain.Of(plan.Dims[plan.Rank - 1] * plan.RowsOfGroup)) * Math.Max(1, plan.RowsOfGroup);

        public override void Run(in KernelContext context)
        {
            T* y = context.Output<T>(0);
            long bytes = count * sizeof(T);
            if (y != context.Input<T>(0))
                Buffer.MemoryCopy(context.Input(0), y, bytes, bytes);
            var body = new Body<T, TIndex, TUpdate> { Indices = context.Input<TIndex>(1), Updates = context.Input<T>(2), Y = y, Plan = plan, Fault = context.FaultCell };
            context.For(plan.Rows, _grain, ref body);
        }
    }

    private struct Body<T, TIndex, TUpdate> : IRangeBody
        where T : unmanaged
        where TIndex : unmanaged
        where TUpdate : struct, IScatterUpdate<T>
    {
        public TIndex* Indices;
        public T* Updates;
        public T* Y;
        public ElementGatherPlan Plan;
        public DataFault Fault;

        public readonly void Run(long from, long to, int worker) =>
            IndexFault.Report(Fault, Indices, ElementScatter.Run<T, TIndex, TUpdate>(Plan, Indices, Updates, Y, from, to), Plan.AxisLength);
    }
}
