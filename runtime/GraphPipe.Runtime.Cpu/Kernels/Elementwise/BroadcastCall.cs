using System.Runtime.CompilerServices;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>A function of two elements, for types that have no vector loop.</summary>
internal interface IBroadcastOp<T, TResult>
{
    static abstract TResult Apply(T a, T b);
}

/// <summary>A bound function of two operands of one type, element by element.</summary>
internal sealed unsafe class BroadcastCall<T, TResult, TOp>(BroadcastPlan plan) : ElementwiseCall(plan.Count)
    where T : unmanaged
    where TResult : unmanaged
    where TOp : struct, IBroadcastOp<T, TResult>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(byte** inputs, byte** outputs, long from, long to)
    {
        T* a = (T*)inputs[0], b = (T*)inputs[1];
        var y = (TResult*)outputs[0];
        var at = new BroadcastCursor(in plan, from, to);
        while (at.Next())
        {
            for (long i = 0; i < at.Length; i++)
                y[at.Output + i] = TOp.Apply(a[at.A + i * at.StepA], b[at.B + i * at.StepB]);
        }
    }
}
