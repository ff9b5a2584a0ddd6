namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>An element of one type from an element of another.</summary>
internal interface IConversion<T, TResult>
{
    static abstract TResult Apply(T x);
}

/// <summary>A bound conversion, element by element.</summary>
internal sealed unsafe class ConvertCall<T, TResult, TOp>(long count) : CpuCall
    where T : unmanaged
    where TResult : unmanaged
    where TOp : struct, IConversion<T, TResult>
{
    public override void Run(in KernelContext context)
    {
        var body = new Body { X = context.Input<T>(0), Y = context.Output<TResult>(0) };
        context.For(count, Grain.Elements, ref body);
    }

    private struct Body : IRangeBody
    {
        public T* X;
        public TResult* Y;

        public readonly void Run(long from, long to, int worker)
        {
            for (long i = from; i < to; i++)
                Y[i] = TOp.Apply(X[i]);
        }
    }
}
