using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>y = f(a, b) of bools.</summary>
public abstract class LogicKernel<TOp> : ElementwiseKernel
    where TOp : struct, IBinaryOf<byte>
{
    public override ElementFunction? Function(KernelBinding binding) =>
        binding.AllAre(DType.Bool) ? ElementFunction.Of(binding, (Func<byte, byte, byte>)TOp.Apply, 0, 1) : null;
}

/// <summary>a and b.</summary>
[Kernel("And")]
public sealed class AndKernel : LogicKernel<AndKernel.Op>
{
    public readonly struct Op : IBinaryOf<byte>
    {
        public static byte Apply(byte a, byte b) => a != 0 && b != 0 ? (byte)1 : (byte)0;
    }
}

/// <summary>a or b.</summary>
[Kernel("Or")]
public sealed class OrKernel : LogicKernel<OrKernel.Op>
{
    public readonly struct Op : IBinaryOf<byte>
    {
        public static byte Apply(byte a, byte b) => a != 0 || b != 0 ? (byte)1 : (byte)0;
    }
}

/// <summary>a or b, but not both.</summary>
[Kernel("Xor")]
public sealed class XorKernel : LogicKernel<XorKernel.Op>
{
    public readonly struct Op : IBinaryOf<byte>
    {
        public static byte Apply(byte a, byte b) => (a != 0) != (b != 0) ? (byte)1 : (byte)0;
    }
}

/// <summary>not x, of bools.</summary>
[Kernel("Not")]
public sealed class NotKernel : ElementwiseKernel
{
    public override ElementFunction? Function(KernelBinding binding) => binding.AllAre(DType.Bool) ? ElementFunction.Of(binding, (Func<byte, byte>)Op.Apply, 0) : null;

    public readonly struct Op : IConversion<byte, byte>
    {
        public static byte Apply(byte x) => x == 0 ? (byte)1 : (byte)0;
    }
}
