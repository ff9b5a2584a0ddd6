using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>
/// The sum of dY over the dimensions along which its result was broadcast (right-aligned), f32. Summed in double and rounded once, so that a long
/// sum is as good as a short one.
/// </summary>
[Kernel("grad.SumTo")]
public sealed unsafe class GradSumToKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (!binding.AllAre(DType.F32))
            return null;
        var from = binding.Input(0).Shape;
        var to = binding.Output(0).Shape;
        bool[] summed = new bool[from.Length];
        for (int axis = 0; axis < from.Length; axis++)
        {
            int there = axis - (from.Length - to.Length);
            summed[axis] = there < 0 || (to[there] == 1 && from[axis] != 1);
        }

        return new Call(new Reduction(from, summed));
    }

    private sealed class Call(Reduction reduction) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body { Reduction = reduction, X = context.Input<float>(0), Y = context.Output<float>(0) };
            long terms = Math.Max(1, reduction.Terms * reduction.Run);
            if (reduction.Row > 1)
                context.For(reduction.Outputs * body.Chunks, Math.Max(1, Grain.Elements / (terms * Body.Columns)), ref body);
            else
                context.For(reduction.Outputs, Math.Max(1, Grain.Elements / terms), ref body);
        }
    }

    private struct Body : IRangeBody
    {
        /// <summary>Columns summed at a time: their sums stay in the first-level cache.</summary>
        public const int Columns = 256;

        public Reduction Reduction;
        public float* X;
        public float* Y;

        public readonly long Chunks => (Reduction.Row + Columns - 1) / Columns;

        public readonly void Run(long from, long to, int worker)
        {
            if (Reduction.Row == 1)
            {
                for (long output = from; output < to; output++)
                    Y[output] = (float)SumOfRuns(X + Reduction.OutputOffset(output));
                return;
            }

            double* sums = stackalloc double[Columns];
            for (long work = from; work < to; work++)
            {
                (long output, long chunk) = Math.DivRem(work, Chunks);
                long column = chunk * Columns;
                int columns = (int)Math.Min(Columns, Reduction.Row - column);
                new Span<double>(sums, columns).Clear();
                float* x = X + Reduction.OutputOffset(output) + column;
                for (long term = 0; term < Reduction.Terms; term++)
                    AddRow(sums, x + Reduction.TermOffset(term), columns);
                float* y = Y + output * Reduction.Row + column;
                for (int i = 0; i < columns; i++)
                    y[i] = (float)sums[i];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void AddRow(double* sums, float* x, int columns)
        {
            int i = 0;
            for (; i + 16 <= columns; i += 16)
            {
                var (low, high) = Vector512.Widen(Vector512.Load(x + i));
                (Vector512.Load(sums + i) + low).Store(sums + i);
                (Vector512.Load(sums + i + 8) + high).Store(sums + i + 8);
            }

            for (; i < columns; i++)
                sums[i] += x[i];
        }

        // Two vectors of eight partial sums over each run, folded in a fixed order: blocking by shape only.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly double SumOfRuns(float* x)
        {
            Vector512<double> a = default, b = default;
            double rest = 0;
            for (long term = 0; term < Reduction.Terms; term++)
            {
                float* run = x + Reduction.TermOffset(term);
                long i = 0;
                for (; i + 16 <= Reduction.Run; i += 16)
                {
                    var (low, high) = Vector512.Widen(Vector512.Load(run + i));
                    a += low;
                    b += high;
                }

                for (; i < Reduction.Run; i++)
                    rest += run[i];
            }

            var v = a + b;
            double sum = 0;
            for (int i = 0; i < 8; i++)
                sum += v.GetElement(i);
            return sum + rest;
        }
    }
}
