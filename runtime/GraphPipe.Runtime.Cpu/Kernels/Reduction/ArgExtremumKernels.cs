using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>
/// Position of the extremum along <c>axis</c>, i64, of f32: the first of equals, or the last where <c>select_last_index</c> is set. A NaN
/// counts as the extremum.
/// </summary>
public abstract unsafe class ArgExtremumKernel(bool smallest) : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var x = binding.Input(0);
        int axis = Axes.Of(binding.Attributes, x.Rank);
        if (x.Type != DType.F32 || binding.Output(0).Type != DType.I64 || x.Rank == 0)
            return null;
        return new Call(new Body
        {
            Outer = x.CountOf(0, axis),
            Axis = x.Shape[axis],
            Inner = x.CountOf(axis + 1, x.Rank),
            Smallest = smallest,
            Last = binding.Attributes.Int("select_last_index", 0) != 0,
        });
    }

    private sealed class Call(Body fixedParts) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = fixedParts;
            body.X = context.Input<float>(0);
            body.Y = context.Output<long>(0);
            context.For(body.Outer, Grain.Of(body.Axis * body.Inner), ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public long Outer;
        public long Axis;
        public long Inner;
        public bool Smallest;
        public bool Last;
        public float* X;
        public long* Y;

        public readonly void Run(long from, long to, int worker) => TwoPassReductions.ArgExtremum(X, Y, Axis, Inner, from, to, Smallest, Last);
    }
}

/// <inheritdoc/>
[Kernel("ArgMax")]
public sealed class ArgMaxKernel() : ArgExtremumKernel(smallest: false);

/// <inheritdoc/>
[Kernel("ArgMin")]
public sealed class ArgMinKernel() : ArgExtremumKernel(smallest: true);
