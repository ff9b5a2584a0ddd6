using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>condition ? a : b with numpy broadcasting; a and b of any type of 1, 2, 4 or 8 bytes.</summary>
[Kernel("Where")]
public sealed class WhereKernel : ElementwiseKernel
{
    public override ElementFunction? Function(KernelBinding binding)
    {
        var type = binding.Output(0).Type;
        if (binding.Input(0).Type != DType.Bool || binding.Input(1).Type != type || binding.Input(2).Type != type)
            return null;
        Delegate? select = type switch
        {
            DType.F32 => (Func<byte, float, float, float>)ElementwiseCode.Select,
            DType.F64 => (Func<byte, double, double, double>)ElementwiseCode.Select,
            _ => type.Bits() switch
            {
                8 => (Func<byte, byte, byte, byte>)ElementwiseCode.Select,
                16 => (Func<byte, short, short, short>)ElementwiseCode.Select,
                32 => (Func<byte, int, int, int>)ElementwiseCode.Select,
                64 => (Func<byte, long, long, long>)ElementwiseCode.Select,
                _ => null,
            },
        };
        return select is null ? null : ElementFunction.Of(binding, select, 0, 1, 2);
    }
}
