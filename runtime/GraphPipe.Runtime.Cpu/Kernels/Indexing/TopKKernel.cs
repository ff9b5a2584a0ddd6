using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>The <c>k</c> largest (or smallest) f32 along <c>axis</c> and their positions, i64, in order. Always sorted.</summary>
[Kernel("TopK")]
public sealed unsafe class TopKKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var x = binding.Input(0);
        if (x.Type != DType.F32 || x.Rank == 0)
            return null;
        int axis = Axes.Of(binding.Attributes, x.Rank, otherwise: -1);
        return new Call(new Body
        {
            Axis = x.Shape[axis],
            Inner = x.CountOf(axis + 1, x.Rank),
            Count = binding.Attributes.Int("k", 0),
            Largest = binding.Attributes.Int("largest", 1) != 0,
        }, x.CountOf(0, axis));
    }

    private sealed class Call(Body fixedParts, long outer) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = fixedParts;
            body.X = context.Input<float>(0);
            body.Values = context.Output<float>(0);
            body.At = context.Output<long>(1);
            if (body.At == null)
                body.At = (long*)context.Workspace;
            context.For(outer * body.Inner, Grain.Of(4 * body.Axis), ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public long Axis;
        public long Inner;
        public long Count;
        public bool Largest;
        public float* X;
        public float* Values;
        public long* At;

        public readonly void Run(long from, long to, int worker) => TopK.Run(X, At, Values, Axis, Inner, Count, Largest, from, to);
    }
}
