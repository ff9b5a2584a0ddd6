using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>Y = alpha·op(A)·op(B) + beta·C, f32; C of shape [M,N], [N], [1,N], [M,1] or scalar.</summary>
[Kernel("Gemm")]
public sealed unsafe class GemmKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding)
    {
        if (!binding.AllAre(DType.F32))
            return null;
        bool transA = binding.Attributes.Int("transA", 0) != 0, transB = binding.Attributes.Int("transB", 0) != 0;
        var a = binding.Input(0).Shape;
        var y = binding.Output(0).Shape;
        var product = new GemmArguments(null, null, null, checked((int)y[0]), checked((int)y[1]), checked((int)a[transA ? 0 : 1]), transA, transB)
        {
            Alpha = binding.Attributes.Float("alpha", 1),
        };
        if (!binding.HasInput(2))
            return new Call(product, Addend.None, null);

        float beta = binding.Attributes.Float("beta", 1);
        var c = binding.Input(2);
        if (beta == 1 && c.Count == y[1] && (c.Rank == 1 || c.Shape[0] == 1))
            return new Call(product, Addend.Row, null);
        product.Beta = beta;
        return new Call(product, Addend.Matrix, new Broadcast(c.Shape, c.Shape, y));
    }

    private enum Addend
    {
        None,

        /// <summary>One number per column, added in the product's epilogue.</summary>
        Row,

        /// <summary>Spread out in Y before the product, which then adds to it.</summary>
        Matrix,
    }

    private sealed class Call(GemmArguments product, Addend addend, Broadcast? spread) : CpuCall
    {
        public override void Run(in KernelContext context)
        {
            var body = new Body { Product = product, Scratch = context.Scratch(0), ScratchBytes = MemoryPlan.ScratchPerThread.Value, Parts = context.Threads };
            body.Product.A = context.Input<float>(0);
            body.Product.B = context.Input<float>(1);
            body.Product.C = context.Output<float>(0);
            if (addend == Addend.Row)
                body.Product.BiasRow = context.Input<float>(2);
            else if (addend == Addend.Matrix)
                Spread(context.Input<float>(2), body.Product.C);

            // Small products aren't worth a second thread: 2·64³ operations take about 5 µs.
            bool small = (long)product.M * product.N * product.K < 64 * 64 * 64;
            if (small)
                body.Parts = 1;
            context.For(body.Parts, 1, ref body);
        }

        private void Spread(float* c, float* y)
        {
            for (long row = 0; row < spread!.Rows; row++, y += spread.Inner)
            {
                spread.Offsets(row, out long from, out _);
                var target = new Span<float>(y, checked((int)spread.Inner));
                if (spread.StepA == 0)
                    target.Fill(c[from]);
                else
                    new ReadOnlySpan<float>(c + from, target.Length).CopyTo(target);
            }
        }
    }

    private struct Body : IRangeBody
    {
        public GemmArguments Product;
        public byte* Scratch;
        public long ScratchBytes;
        public int Parts;

        public readonly void Run(long from, long to, int worker)
        {
            for (long part = from; part < to; part++)
                Gemm.Run(Product, (int)part, Parts, Scratch + worker * ScratchBytes);
        }
    }
}
