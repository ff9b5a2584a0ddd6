using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>x·Φ(x) and its gradient; <c>approximate</c> chooses Φ itself or its form by tanh.</summary>
[Kernel("Gelu")]
[Kernel("grad.Gelu")]
public sealed class GeluKernel : ElementwiseKernel
{
    public override ElementFunction? Function(KernelBinding binding) => binding.Attributes.Text("approximate", "none") switch
    {
        "none" => new Exact().Function(binding),
        "tanh" => new ByTanh().Function(binding),
        _ => null,
    };

    private sealed class Exact : UnaryKernel<ExactOp>;

    private sealed class ByTanh : UnaryKernel<TanhOp>;

    internal readonly struct ExactOp : IUnary
    {
        private const float RootHalf = 0.707106781186547524f;

        public static float Apply(float x, OpConstants c)
        {
            float half = 0.5f * x;
            return half + half * DeviceMath.Erf(x * RootHalf);
        }

        public static float Gradient(float dy, float v, OpConstants c)
        {
            float cdf = 0.5f + 0.5f * DeviceMath.Erf(v * RootHalf);
            float pdf = 0.398942280401432678f * DeviceMath.Exp(-0.5f * (v * v));
            return dy * (cdf + v * pdf);
        }
    }

    internal readonly struct TanhOp : IUnary
    {
        public static float Apply(float x, OpConstants c)
        {
            float half = 0.5f * x;
            return half + half * DeviceMath.Tanh(Inner(x));
        }

        public static float Gradient(float dy, float v, OpConstants c)
        {
            float t = DeviceMath.Tanh(Inner(v));
            float slope = 0.797884560802865356f * (1f + 0.134145f * (v * v));
            return dy * (0.5f * (1f + t) + 0.5f * v * (1f - t * t) * slope);
        }

        private static float Inner(float x) => 0.797884560802865356f * (x + 0.044715f * (x * x * x));
    }
}
