using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>y = f(a, b) over float arrays of equal length; y may be a or b. Fields of the function are its attributes.</summary>
internal interface IFloatBinary
{
    Vector512<float> Apply(Vector512<float> a, Vector512<float> b);
}

/// <summary>A range of a streaming loop over equal shapes, as a body of <see cref="KernelContext.For"/>.</summary>
internal unsafe struct StreamBody<TOp>(TOp op, float* a, float* b, float* y) : IRangeBody
    where TOp : unmanaged, IFloatBinary
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Run(long from, long to, int worker)
    {
        long i = from;
        for (; i + Lanes.Count <= to; i += Lanes.Count)
            op.Apply(Vector512.Load(a + i), Vector512.Load(b + i)).Store(y + i);
        if (i < to)
            Lanes.StoreTail(y + i, op.Apply(Lanes.LoadTail(a + i, (int)(to - i)), Lanes.LoadTail(b + i, (int)(to - i))), (int)(to - i));
    }
}

internal readonly struct PlusOp : IFloatBinary
{
    public Vector512<float> Apply(Vector512<float> a, Vector512<float> b) => a + b;
}
