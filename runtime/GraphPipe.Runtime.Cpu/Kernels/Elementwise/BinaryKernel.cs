using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>A function of two numbers, for vectors of any element type.</summary>
public interface IBinary
{
    Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
        where T : unmanaged;
}

/// <summary>y = f(a, b) with numpy broadcasting; f32, f64, i32, i64.</summary>
public abstract unsafe class BinaryKernel<TOp> : CpuKernel
    where TOp : unmanaged, IBinary
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        var type = binding.Output(0).Type;
        if (!binding.AllAre(type))
            return null;
        var broadcast = new Broadcast(binding.Input(0).Shape, binding.Input(1).Shape, binding.Output(0).Shape);
        return type switch
        {
            DType.F32 => new Call<float>(broadcast),
            DType.F64 => new Call<double>(broadcast),
            DType.I32 => new Call<int>(broadcast),
            DType.I64 => new Call<long>(broadcast),
            _ => null,
        };
    }

    private sealed class Call<T>(Broadcast broadcast) : CpuCall
        where T : unmanaged
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body<T> { Broadcast = broadcast, A = context.Input<T>(0), B = context.Input<T>(1), Y = context.Output<T>(0) };
            if (broadcast.Rows == 1)
                context.For(broadcast.Inner, Grain.Elements, ref body);
            else
                context.For(broadcast.Rows, Math.Max(1, Grain.Elements / Math.Max(1, broadcast.Inner)), ref body);
        }
    }

    private struct Body<T> : IRangeBody
        where T : unmanaged
    {
        public Broadcast Broadcast;
        public T* A;
        public T* B;
        public T* Y;

        public readonly void Run(long from, long to, int worker)
        {
            long stepA = Broadcast.StepA, stepB = Broadcast.StepB;
            if (Broadcast.Rows == 1)
            {
                Row(A + from * stepA, stepA, B + from * stepB, stepB, Y + from, to - from);
                return;
            }

            for (long row = from; row < to; row++)
            {
                Broadcast.Offsets(row, out long a, out long b);
                Row(A + a, stepA, B + b, stepB, Y + row * Broadcast.Inner, Broadcast.Inner);
            }
        }

        // The tail runs through padded vectors, so that an element's bits do not depend on its place.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Row(T* a, long stepA, T* b, long stepB, T* y, long n)
        {
            if (n == 0)
                return;
            TOp op = default;
            int lanes = Vector512<T>.Count;
            var sameA = Vector512.Create(*a);
            var sameB = Vector512.Create(*b);
            long i = 0;
            for (; i + lanes <= n; i += lanes)
                op.Apply(stepA == 0 ? sameA : Vector512.Load(a + i), stepB == 0 ? sameB : Vector512.Load(b + i)).Store(y + i);
            if (i == n)
                return;
            uint bytes = (uint)((n - i) * sizeof(T));
            var tailA = stepA == 0 ? sameA : Tail(a + i, bytes);
            var tailB = stepB == 0 ? sameB : Tail(b + i, bytes);
            var tailY = op.Apply(tailA, tailB);
            Unsafe.CopyBlockUnaligned(y + i, &tailY, bytes);
        }

        // Ones, not zeros, behind the end: whole numbers are divided, too.
        private static Vector512<T> Tail(T* p, uint bytes)
        {
            var v = Vector512<T>.One;
            Unsafe.CopyBlockUnaligned(&v, p, bytes);
            return v;
        }
    }
}
