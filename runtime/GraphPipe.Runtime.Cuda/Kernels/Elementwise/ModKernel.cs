using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>The remainder of a/b: with the sign of a if <c>fmod</c> is set, which f32 needs; else of whole numbers with the sign of b.</summary>
[Kernel("Mod")]
public sealed class ModKernel : ElementwiseKernel
{
    public override ElementFunction? Function(KernelBinding binding)
    {
        if (binding.Attributes.Int("fmod", 0) != 0)
            return new Truncated().Function(binding);
        return binding.AllAre(Bundle.DType.I64) ? new Floored().Function(binding) : null;
    }

    private sealed class Truncated : BinaryKernel<OfDividend>;

    private sealed class Floored : BinaryKernel<OfDivisor>;

    internal readonly struct OfDividend : IBinary<float>, IBinary<long>
    {
        public static float Apply(float a, float b) => DeviceMath.Remainder(a, b);

        public static long Apply(long a, long b) => b == -1 ? 0 : a % b;
    }

    internal readonly struct OfDivisor : IBinary<float>, IBinary<long>
    {
        public static float Apply(float a, float b) => DeviceMath.Remainder(a, b);

        public static long Apply(long a, long b)
        {
            long rest = b == -1 ? 0 : a % b;
            return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
        }
    }
}
