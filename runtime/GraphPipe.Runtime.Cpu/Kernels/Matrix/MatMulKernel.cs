using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Y = op(A)·op(B) over the last two dimensions, f32; the dimensions before them broadcast, a vector is a row (A) or a column (B).</summary>
[Kernel("MatMul")]
[Kernel("grad.MatMul")]
public sealed unsafe class MatMulKernel : CpuKernel
{
    /// <summary>Multiplications below which products stay on one thread: a few µs.</summary>
    private const long Small = 64 * 64 * 64;

    public override CpuCall? Bind(KernelBinding binding)
    {
        if (!binding.AllAre(DType.F32))
            return null;
        var (m, n, k, transA, transB, batchA, batchB) = ProductShape.Of(binding);
        // A matrix times a vector: as a row, Yᵀ = Bᵀ·Aᵀ, it fills the tiles.
        bool swap = n == 1 && m > 1;
        var batches = swap ? BroadcastPlan.Create(batchB.AsSpan(), batchA.AsSpan()) : BroadcastPlan.Create(batchA.AsSpan(), batchB.AsSpan());
        var (rows, columns, inner) = (checked((int)m), checked((int)n), checked((int)k));
        var product = swap
            ? new GemmArguments(null, null, null, 1, rows, inner, transB: !transA)
            : new GemmArguments(null, null, null, rows, columns, inner, transA, transB);
        return new Call(product, batches, swap, PartsOf(batches.Count, binding.Threads));
    }

    // Whole products for each thread, unless they are too few to come out even.
    private static int PartsOf(long products, int threads) => products >= 8 * threads || products % threads == 0 ? 1 : threads;

    private sealed class Call(GemmArguments product, BroadcastPlan batches, bool swap, int parts) : CpuCall
    {
        private readonly long _grain = Math.Max(1, Small * parts / Math.Max(1, (long)product.M * product.N * product.K));

        public override void Run(in KernelContext context)
        {
            var body = new Body { Product = product, Batches = batches, Parts = parts, Scratch = context.Scratch(0) };
            body.Product.A = context.Input<float>(swap ? 1 : 0);
            body.Product.B = context.Input<float>(swap ? 0 : 1);
            body.Product.C = context.Output<float>(0);
            context.For(batches.Count * parts, _grain, ref body);
        }
    }

    private struct Body : IRangeBody
    {
        public GemmArguments Product;
        public BroadcastPlan Batches;
        public int Parts;
        public byte* Scratch;

        public readonly void Run(long from, long to, int worker)
        {
            byte* scratch = Scratch + worker * MemoryPlan.ScratchPerThread.Value;
            var (a, b, c) = ((long)Product.M * Product.K, (long)Product.K * Product.N, (long)Product.M * Product.N);
            var at = new BroadcastCursor(in Batches, from / Parts, (to + Parts - 1) / Parts);
            while (at.Next())
            {
                var product = Product;
                product.A += at.A * a;
                product.B += at.B * b;
                product.C += at.Output * c;
                if (Parts == 1)
                {
                    Gemm.RunBatch(product, at.StepA * a, at.StepB * b, c, 0, at.Length, scratch);
                    continue;
                }

                for (long i = 0; i < at.Length; i++)
                {
                    long first = (at.Output + i) * Parts;
                    for (long part = Math.Max(from, first); part < Math.Min(to, first + Parts); part++)
                        Gemm.Run(product, (int)(part - first), Parts, scratch);
                    product.A += at.StepA * a;
                    product.B += at.StepB * b;
                    product.C += c;
                }
            }
        }
    }
}
