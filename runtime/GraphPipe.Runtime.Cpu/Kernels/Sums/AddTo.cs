using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>y += x over a range of floats, as a body of <see cref="KernelContext.For"/>.</summary>
internal unsafe struct AddTo(float* x, float* y) : IRangeBody
{
    public readonly void Run(long from, long to, int worker) => Streams.Accumulate(x + from, y + from, to - from);
}
