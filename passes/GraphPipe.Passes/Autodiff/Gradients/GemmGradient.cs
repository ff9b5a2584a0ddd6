using GraphPipe.Bundle;
using GraphPipe.Core;

namespace GraphPipe.Passes.Gradients;

/// <summary>Y = α·A·B + β·C and its transposed forms: each gradient is a Gemm again.</summary>
[Gradient("Gemm")]
internal sealed class GemmGradient : IGradient
{
    public void Build(GradientContext c)
    {
        float alpha = c.Attributes.Float("alpha", 1);
        bool transA = c.Attributes.Int("transA", 0) != 0;
        bool transB = c.Attributes.Int("transB", 0) != 0;
        if (c.Needs(0))
        {
            c.Set(0, transA
                ? Product(c, c.X(1), c.DY, transB, true, alpha)
                : Product(c, c.DY, c.X(1), false, !transB, alpha));
        }

        if (c.Needs(1))
        {
            c.Set(1, transB
                ? Product(c, c.DY, c.X(0), true, transA, alpha)
                : Product(c, c.X(0), c.DY, !transA, false, alpha));
        }

        if (c.Needs(2))
        {
            var sum = c.SumTo(c.DY, c.TypeOf(c.X(2)));
            float beta = c.Attributes.Float("beta", 1);
            c.Set(2, beta == 1 ? sum : c.Emit.Emit("Mul", [sum, c.Emit.Scalar(beta)]));
        }
    }

    private static ValueId Product(GradientContext c, ValueId a, ValueId b, bool transA, bool transB, float alpha)
    {
        var attributes = Attributes.Empty;
        if (alpha != 1)
            attributes = attributes.With("alpha", alpha);
        if (transA)
            attributes = attributes.With("transA", 1);
        if (transB)
            attributes = attributes.With("transB", 1);
        return c.Emit.Emit("Gemm", [a, b], attributes);
    }
}
