using System.Numerics;
using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>A fold of whole numbers.</summary>
public interface IWholeReduction
{
    static abstract T Identity<T>()
        where T : IBinaryInteger<T>, IMinMaxValue<T>;

    static abstract T Join<T>(T a, T b)
        where T : IBinaryInteger<T>;
}

/// <summary>As <see cref="ReductionKernel{TReduction}"/>, for i64 and i32 too: lengths and counts.</summary>
public abstract unsafe class WholeReductionKernel<TReduction, TWhole> : ReductionKernel<TReduction>
    where TReduction : struct, IReduction
    where TWhole : struct, IWholeReduction
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var plan = ReductionAxes.Plan(binding.Input(0), binding.Attributes);
        return binding.AllAre(DType.I64) ? new Call<long>(plan) : binding.AllAre(DType.I32) ? new Call<int>(plan) : base.Bind(binding);
    }

    private sealed class Call<T>(ReductionPlan plan) : CpuCall
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body<T> { Plan = plan, X = context.Input<T>(0), Y = context.Output<T>(0) };
            context.For(plan.Outputs, Grain.Of(plan.Count), ref body);
        }
    }

    private struct Body<T> : IRangeBody
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        public ReductionPlan Plan;
        public T* X;
        public T* Y;

        public readonly void Run(long from, long to, int worker)
        {
            bool folds = Plan.Folded > 0 && Plan.Count > 0;
            long length = folds ? Plan.FoldedDims[Plan.Folded - 1] : Plan.Count, stride = folds ? Plan.FoldedStrides[Plan.Folded - 1] : 1;
            for (long i = from; i < to; i++)
            {
                T fold = TWhole.Identity<T>();
                T* own = X + Plan.KeptOffset(i);
                for (long run = 0; length > 0 && run < Plan.Count / length; run++)
                {
                    T* p = own + Plan.RunOffset(run);
                    for (long q = 0; q < length; q++)
                        fold = TWhole.Join(fold, p[q * stride]);
                }

                Y[i] = fold;
            }
        }
    }
}
