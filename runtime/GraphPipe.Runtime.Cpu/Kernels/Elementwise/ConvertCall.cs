using System.Runtime.CompilerServices;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>An element of one type from an element of another.</summary>
internal interface IConversion<T, TResult>
{
    static abstract TResult Apply(T x);
}

/// <summary>A bound conversion, element by element.</summary>
internal sealed unsafe class ConvertCall<T, TResult, TOp>(long count) : ElementwiseCall(count)
    where T : unmanaged
    where TResult : unmanaged
    where TOp : struct, IConversion<T, TResult>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(byte** inputs, byte** outputs, long from, long to)
    {
        var x = (T*)inputs[0];
        var y = (TResult*)outputs[0];
        for (long i = from; i < to; i++)
            y[i] = TOp.Apply(x[i]);
    }
}
