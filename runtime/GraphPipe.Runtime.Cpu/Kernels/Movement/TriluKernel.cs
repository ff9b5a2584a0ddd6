using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The upper (<c>upper</c>, the default) or lower triangle from the diagonal <c>k</c> on, zeros elsewhere; any type.</summary>
[Kernel("Trilu")]
public sealed unsafe class TriluKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var x = binding.Input(0);
        if (x.Rank < 2 || x.Type.Bits() is not (8 or 16 or 32 or 64))
            return null;
        return new Call(x.CountOf(0, x.Rank - 2), new Body
        {
            Rows = x.Shape[^2],
            Columns = x.Shape[^1],
            Diagonal = binding.Attributes.Int("k", 0),
            Upper = binding.Attributes.Int("upper", 1) != 0,
            ElementSize = x.Type.Bits() / 8,
        });
    }

    private sealed class Call(long matrices, Body fixedParts) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = fixedParts;
            body.X = context.Input(0);
            body.Y = context.Output(0);
            context.For(matrices, Grain.Of(body.Rows * body.Columns), ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public long Rows;
        public long Columns;
        public long Diagonal;
        public bool Upper;
        public int ElementSize;
        public byte* X;
        public byte* Y;

        public readonly void Run(long from, long to, int worker) => Trilu.Run(X, Y, ElementSize, Rows, Columns, Diagonal, Upper, from, to);
    }
}
