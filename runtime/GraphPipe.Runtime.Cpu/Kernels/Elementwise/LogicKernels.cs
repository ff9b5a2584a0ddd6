using GraphPipe.Bundle;
using GraphPipe.Runtime.Cpu.Numerics;

namespace GraphPipe.Runtime.Cpu.Kernels;

/// <summary>a and b.</summary>
[Kernel("And")]
public sealed class AndKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => Logic.Bind<Op>(binding);

    private readonly struct Op : IBroadcastOp<byte, byte>
    {
        public static byte Apply(byte a, byte b) => a != 0 && b != 0 ? (byte)1 : (byte)0;
    }
}

/// <summary>a or b.</summary>
[Kernel("Or")]
public sealed class OrKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => Logic.Bind<Op>(binding);

    private readonly struct Op : IBroadcastOp<byte, byte>
    {
        public static byte Apply(byte a, byte b) => (a | b) != 0 ? (byte)1 : (byte)0;
    }
}

/// <summary>a or b, but not both.</summary>
[Kernel("Xor")]
public sealed class XorKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) => Logic.Bind<Op>(binding);

    private readonly struct Op : IBroadcastOp<byte, byte>
    {
        public static byte Apply(byte a, byte b) => (a != 0) != (b != 0) ? (byte)1 : (byte)0;
    }
}

/// <summary>not x, of bools.</summary>
[Kernel("Not")]
public sealed class NotKernel : CpuKernel
{
    public override CpuCall? Bind(KernelBinding binding) =>
        binding.AllAre(DType.Bool) ? new ConvertCall<byte, byte, Op>(binding.Output(0).Count) : null;

    private readonly struct Op : IConversion<byte, byte>
    {
        public static byte Apply(byte x) => x == 0 ? (byte)1 : (byte)0;
    }
}

/// <summary>Connectives of bools, with numpy broadcasting.</summary>
internal static class Logic
{
    public static CpuCall? Bind<TOp>(KernelBinding binding)
        where TOp : struct, IBroadcastOp<byte, byte> => binding.AllAre(DType.Bool)
            ? new BroadcastCall<byte, byte, TOp>(BroadcastPlan.Create(binding.Input(0).Shape.AsSpan(), binding.Input(1).Shape.AsSpan()))
            : null;
}
