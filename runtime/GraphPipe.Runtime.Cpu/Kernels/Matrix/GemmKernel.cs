using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Y = alpha·op(A)·op(B) + beta·C, f32; C broadcasts to [M,N].</summary>
[Kernel("Gemm")]
public sealed unsafe class GemmKernel : CpuKernel
{
    /// <summary>Multiplications below which a product stays on one thread: a few µs.</summary>
    private const long Small = 64 * 64 * 64;

    public override CpuCall? Bind(KernelBinding binding)
    {
        if (!binding.AllAre(DType.F32))
            return null;
        bool transA = binding.Attributes.Int("transA", 0) != 0, transB = binding.Attributes.Int("transB", 0) != 0;
        var (a, y) = (binding.Input(0).Shape, binding.Output(0).Shape);
        var product = new GemmArguments(null, null, null, checked((int)y[0]), checked((int)y[1]), checked((int)a[transA ? 0 : 1]), transA, transB)
        {
            Alpha = binding.Attributes.Float("alpha", 1),
        };
        float beta = binding.Attributes.Float("beta", 1);
        if (!binding.HasInput(2) || beta == 0)
            return new Call(product);
        var c = binding.Input(2);
        if (beta == 1 && c.Count == y[1] && (c.Rank == 1 || c.Shape[0] == 1))
            return new Call(product) { AddsRow = true };
        product.Beta = beta;
        return new Call(product) { Spread = BroadcastPlan.Create(c.Shape.AsSpan(), y.AsSpan()) };
    }

    private sealed class Call(GemmArguments product) : CpuCall
    {
        private readonly int _mostParts = (long)product.M * product.N * product.K < Small ? 1 : int.MaxValue;

        /// <summary>C is one number per column, added in the product's epilogue.</summary>
        public bool AddsRow { get; init; }

        /// <summary>How C is spread over Y before the product, which then adds to it.</summary>
        public BroadcastPlan? Spread { get; init; }

        public override void Run(in KernelContext context)
        {
            var body = new Body { Product = product, Scratch = context.Scratch(0), Parts = Math.Min(context.Threads, _mostParts) };
            body.Product.A = context.Input<float>(0);
            body.Product.B = context.Input<float>(1);
            body.Product.C = context.Output<float>(0);
            if (AddsRow)
                body.Product.BiasRow = context.Input<float>(2);
            else if (Spread is { } plan)
                SpreadOver(plan, context.Input<float>(2), body.Product.C);
            context.For(body.Parts, 1, ref body);
        }

        private static void SpreadOver(BroadcastPlan plan, float* c, float* y)
        {
            var at = new BroadcastCursor(in plan, 0, plan.Count);
            while (at.Next())
            {
                if (at.StepA == 0)
                    Streams.Fill(c[at.A], y + at.Output, at.Length);
                else
                    Streams.Copy(c + at.A, y + at.Output, at.Length);
            }
        }
    }

    private struct Body : IRangeBody
    {
        public GemmArguments Product;
        public byte* Scratch;
        public int Parts;

        public readonly void Run(long from, long to, int worker)
        {
            for (long part = from; part < to; part++)
                Gemm.Run(Product, (int)part, Parts, Scratch + worker * MemoryPlan.ScratchPerThread.Value);
        }
    }
}
