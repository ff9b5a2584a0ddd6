using System.Runtime.Intrinsics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>a + b.</summary>
[Kernel("Add")]
public sealed class AddKernel : BinaryKernel<AddKernel.Op>
{
    public readonly struct Op : IBinary
    {
        public Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
            where T : unmanaged => a + b;
    }
}

/// <summary>a - b.</summary>
[Kernel("Sub")]
public sealed class SubKernel : BinaryKernel<SubKernel.Op>
{
    public readonly struct Op : IBinary
    {
        public Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
            where T : unmanaged => a - b;
    }
}

/// <summary>a · b.</summary>
[Kernel("Mul")]
public sealed class MulKernel : BinaryKernel<MulKernel.Op>
{
    public readonly struct Op : IBinary
    {
        public Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
            where T : unmanaged => a * b;
    }
}

/// <summary>a / b; whole numbers towards zero.</summary>
[Kernel("Div")]
public sealed class DivKernel : BinaryKernel<DivKernel.Op>
{
    public readonly struct Op : IBinary
    {
        public Vector512<T> Apply<T>(Vector512<T> a, Vector512<T> b)
            where T : unmanaged => a / b;
    }
}
