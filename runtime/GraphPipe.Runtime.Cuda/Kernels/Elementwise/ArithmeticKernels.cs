using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>a + b.</summary>
[Kernel("Add")]
public sealed class AddKernel : BinaryKernel<AddKernel.Op>
{
    public readonly struct Op : IBinary<float>, IBinary<long>
    {
        public static float Apply(float a, float b) => a + b;

        public static long Apply(long a, long b) => a + b;
    }
}

/// <summary>a - b.</summary>
[Kernel("Sub")]
public sealed class SubKernel : BinaryKernel<SubKernel.Op>
{
    public readonly struct Op : IBinary<float>, IBinary<long>
    {
        public static float Apply(float a, float b) => a - b;

        public static long Apply(long a, long b) => a - b;
    }
}

/// <summary>a·b.</summary>
[Kernel("Mul")]
public sealed class MulKernel : BinaryKernel<MulKernel.Op>
{
    public readonly struct Op : IBinary<float>, IBinary<long>
    {
        public static float Apply(float a, float b) => a * b;

        public static long Apply(long a, long b) => a * b;
    }
}

/// <summary>a/b; whole numbers towards zero. A whole number divided by zero gives what the GPU gives.</summary>
[Kernel("Div")]
public sealed class DivKernel : BinaryKernel<DivKernel.Op>
{
    public readonly struct Op : IBinary<float>, IBinary<long>
    {
        public static float Apply(float a, float b) => a / b;

        public static long Apply(long a, long b) => a / b;
    }
}

/// <summary>The larger of a and b; NaN if either is.</summary>
[Kernel("Max")]
public sealed class MaxKernel : BinaryKernel<MaxKernel.Op>
{
    public readonly struct Op : IBinary<float>, IBinary<long>
    {
        public static float Apply(float a, float b) => DeviceMath.Max(a, b);

        public static long Apply(long a, long b) => a > b ? a : b;
    }
}

/// <summary>The smaller of a and b; NaN if either is.</summary>
[Kernel("Min")]
public sealed class MinKernel : BinaryKernel<MinKernel.Op>
{
    public readonly struct Op : IBinary<float>, IBinary<long>
    {
        public static float Apply(float a, float b) => DeviceMath.Min(a, b);

        public static long Apply(long a, long b) => a < b ? a : b;
    }
}

/// <summary>a to the power b; of whole numbers too, where a negative power is 0 but for bases 1 and -1.</summary>
[Kernel("Pow")]
public sealed class PowKernel : BinaryKernel<PowKernel.Op>
{
    public readonly struct Op : IBinary<float>, IBinary<long>
    {
        public static float Apply(float a, float b) => DeviceMath.Pow(a, b);

        public static long Apply(long a, long b) => WholePower(a, b);

        private static long WholePower(long a, long b)
        {
            if (b < 0)
                return a == 1 || (a == -1 && (b & 1) == 0) ? 1 : a == -1 ? -1 : 0;
            long result = 1;
            for (; b != 0; b >>= 1)
            {
                result = (b & 1) != 0 ? result * a : result;
                a *= a;
            }

            return result;
        }
    }
}
