using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>a to the power b; of whole numbers too, where a negative power is 0 but for bases 1 and -1.</summary>
[Kernel("Pow")]
public sealed class PowKernel : ArithmeticKernel<PowOp, PowKernel.Whole>
{
    public readonly struct Whole : IWholeBinary
    {
        public static long Apply(long a, long b)
        {
            if (b < 0)
                return a switch { 1 => 1, -1 => (b & 1) == 0 ? 1 : -1, _ => 0 };
            long result = 1;
            for (; b != 0; b >>= 1, a *= a)
                result = (b & 1) != 0 ? result * a : result;
            return result;
        }
    }
}

/// <summary>dy·e·x^(e-1), of dY's shape; 0 where e is 0.</summary>
[Kernel("grad.PowBase")]
public sealed class PowBaseGradientKernel : TernaryKernel<PowGradientA>;

/// <summary>dy·y·log x for the forward's result y, of dY's shape; 0 where x is 0.</summary>
[Kernel("grad.PowExponent")]
public sealed class PowExponentGradientKernel : TernaryKernel<PowGradientB>;
