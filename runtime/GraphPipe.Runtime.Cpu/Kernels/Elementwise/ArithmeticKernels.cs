using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>a + b.</summary>
[Kernel("Add")]
public sealed class AddKernel : ArithmeticKernel<AddOp, AddKernel.Whole>
{
    public readonly struct Whole : IWholeBinary
    {
        public static long Apply(long a, long b) => a + b;
    }
}

/// <summary>a - b.</summary>
[Kernel("Sub")]
public sealed class SubKernel : ArithmeticKernel<SubOp, SubKernel.Whole>
{
    public readonly struct Whole : IWholeBinary
    {
        public static long Apply(long a, long b) => a - b;
    }
}

/// <summary>a · b.</summary>
[Kernel("Mul")]
public sealed class MulKernel : ArithmeticKernel<MulOp, MulKernel.Whole>
{
    public readonly struct Whole : IWholeBinary
    {
        public static long Apply(long a, long b) => a * b;
    }
}

/// <summary>a / b; whole numbers towards zero.</summary>
[Kernel("Div")]
public sealed class DivKernel : ArithmeticKernel<DivOp, DivKernel.Whole>
{
    public readonly struct Whole : IWholeBinary
    {
        public static long Apply(long a, long b) => b == -1 ? unchecked(-a) : a / b;
    }
}
