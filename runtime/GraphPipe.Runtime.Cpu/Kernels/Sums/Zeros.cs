using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Zeros over a range of floats, as a body of <see cref="KernelContext.For"/>.</summary>
internal unsafe struct Zeros(float* y) : IRangeBody
{
    public readonly void Run(long from, long to, int worker) => Streams.Fill(0, y + from, to - from);
}
