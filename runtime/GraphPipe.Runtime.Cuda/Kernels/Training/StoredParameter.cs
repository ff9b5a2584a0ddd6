using GraphPipe.Bundle;

namespace GraphPipe.Runtime.Cuda.Kernels;

/// <summary>Which code steps a parameter: it is f32, f16 or bf16, what stands behind it f32.</summary>
internal static class StoredParameter
{
    /// <returns>Null for types that are not stepped.</returns>
    public static Delegate? Code(KernelBinding binding, Delegate single, Delegate half, Delegate bfloat)
    {
        var type = binding.Input(0).Type;
        for (int i = 1; i < binding.InputCount; i++)
        {
            if (binding.HasInput(i) && binding.Input(i).Type != DType.F32)
                return null;
        }

        if (binding.Output(0).Type != type)
            return null;
        return type switch { DType.F32 => single, DType.F16 => half, DType.BF16 => bfloat, _ => null };
    }
}
