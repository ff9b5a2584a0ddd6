using GraphPipe.Bundle;
using GraphPipe.Runtime.Cuda.Numerics;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>condition ? a : b with numpy broadcasting; a and b of any type of 1, 2, 4 or 8 bytes.</summary>
[Kernel("Where")]
public sealed class WhereKernel : CudaKernel
{
    public override CudaCall? Bind(KernelBinding binding, LaunchBinder launches)
    {
        var type = binding.Output(0).Type;
        if (binding.Input(0).Type != DType.Bool || binding.Input(1).Type != type || binding.Input(2).Type != type
            || StridedMap.Broadcast([.. binding.Input(0).Shape], [.. binding.Input(1).Shape], [.. binding.Input(2).Shape]) is not { } map)
        {
            return null;
        }

        Delegate? code = type.Bits() switch
        {
            8 => ElementwiseCode.Where<byte>,
            16 => ElementwiseCode.Where<short>,
            32 => ElementwiseCode.Where<int>,
            64 => ElementwiseCode.Where<long>,
            _ => null,
        };
        return code is null ? null : new LaunchCall(launches.Launch(
            code, LaunchShape.Over(map.Count), map, Operand.Input(0, binding), Operand.Input(1, binding), Operand.Input(2, binding), Operand.Output(0, binding)));
    }
}
