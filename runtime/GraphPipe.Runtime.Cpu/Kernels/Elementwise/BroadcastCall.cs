using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>A function of two elements, for types that have no vector loop.</summary>
internal interface IBroadcastOp<T, TResult>
{
    static abstract TResult Apply(T a, T b);
}

/// <summary>A bound function of two operands of one type, element by element.</summary>
internal sealed unsafe class BroadcastCall<T, TResult, TOp>(BroadcastPlan plan) : CpuCall
    where T : unmanaged
    where TResult : unmanaged
    where TOp : struct, IBroadcastOp<T, TResult>
{
    public override void Run(in KernelContext context)
    {
        var body = new Body { Plan = plan, A = context.Input<T>(0), B = context.Input<T>(1), Y = context.Output<TResult>(0) };
        context.For(plan.Count, Grain.Elements, ref body);
    }

    private struct Body : IRangeBody
    {
        public BroadcastPlan Plan;
        public T* A;
        public T* B;
        public TResult* Y;

        public readonly void Run(long from, long to, int worker)
        {
            var at = new BroadcastCursor(in Plan, from, to);
            while (at.Next())
            {
                for (long i = 0; i < at.Length; i++)
                    Y[at.Output + i] = TOp.Apply(A[at.A + i * at.StepA], B[at.B + i * at.StepB]);
            }
        }
    }
}
