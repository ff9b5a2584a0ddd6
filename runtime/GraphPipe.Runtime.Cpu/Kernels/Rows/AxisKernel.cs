using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>A function of all elements along one axis, at once for a range of rows or of matrices; backwards it reads two operands.</summary>
public unsafe interface IAxisLoop
{
    /// <summary>Along the last axis of [rows, n]. <paramref name="b"/> is null for a function of one operand.</summary>
    static abstract void Rows(float* a, float* b, float* y, long rows, long n);

    /// <summary>Along the middle axis of [outer, axis, inner].</summary>
    static abstract void Inner(float* a, float* b, float* y, long outer, long axis, long inner);
}

/// <summary>y = f(a) or f(a, b) along <c>axis</c>, f32, equal shapes.</summary>
public abstract unsafe class AxisKernel<TLoop> : CpuKernel
    where TLoop : struct, IAxisLoop
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (!binding.AllAre(DType.F32))
            return null;
        var x = binding.Input(0);
        int axis = (int)binding.Attributes.Int("axis", -1);
        if (axis < 0)
            axis += x.Rank;
        return x.Rank == 0 ? new Call(1, 1, 1, binding.InputCount > 1)
            : new Call(x.CountOf(0, axis), x.Shape[axis], x.CountOf(axis + 1, x.Rank), binding.InputCount > 1);
    }

    private sealed class Call(long outer, long axis, long inner, bool hasSecond) : CpuCall
    {
        // An exponential costs about as much as four elements of plain arithmetic.
        private readonly long _grain = Grain.Of(4 * axis * inner);

        public override void Run(in KernelContext context)
        {
            var body = new Body { A = context.Input<float>(0), B = hasSecond ? context.Input<float>(1) : null, Y = context.Output<float>(0), Axis = axis, Inner = inner };
            context.For(outer, _grain, ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public float* A;
        public float* B;
        public float* Y;
        public long Axis;
        public long Inner;

        public readonly void Run(long from, long to, int worker)
        {
            long at = from * Axis * Inner;
            float* b = B == null ? null : B + at;
            if (Inner == 1)
                TLoop.Rows(A + at, b, Y + at, to - from, Axis);
            else
                TLoop.Inner(A + at, b, Y + at, to - from, Axis, Inner);
        }
    }
}
